import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { onTestFinished } from 'vitest';

/** A home folder for one test, removed when the test ends. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Writes a file with exactly these permission bits, and makes its folder where that is missing. */
export function writeFileWithMode(path: string, content: string | Uint8Array, mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** Everything below a folder with its mode, as `path mode`: what a command left behind. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .map((path) => `${relative(folder, path)} ${(statSync(path).mode & 0o7777).toString(8)}`)
    .sort();
}

/** The permission bits of a file or folder, in octal. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}
