import { readFileSync, statSync } from 'node:fs';

/**
 * The text of a file that others write (UTF-8), undefined where there is none. A file is read at once, see
 * `at-once.ts`; a pipe or a device, which may keep us waiting, by and by. Fails as Node does.
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isFile()) return readFileSync(path, 'utf8');
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}
