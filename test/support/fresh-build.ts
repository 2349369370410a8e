import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Throws where a built file is missing, or older than one of the files that it is made of: its tests would be of another
 * program than the one in the sources.
 *
 * @param sources files, and folders with all that is in them
 */
export function assertFreshBuild(built: string, sources: readonly string[]): void {
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (builtAt === undefined) throw new Error(`${built} is missing: run npm run build`);
  const newer = sources.flatMap(filesOf).find((file) => statSync(file).mtimeMs > builtAt);
  if (newer !== undefined) throw new Error(`${built} is older than ${newer}: run npm run build`);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
