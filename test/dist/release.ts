import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const { version: VERSION } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The path of a file of `npm run dist`. */
export function released(file: string): string {
  const path = resolve('release', file);
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm run dist`);
  return path;
}
