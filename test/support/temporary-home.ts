import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

/**
 * Remembers the files below a folder; what it returns brings them back. It touches only what is different: to make all of
 * them again takes longer than most command lines.
 */
export function keptFiles(folder: string): () => void {
  const below = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const stateOf = (path: string) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats && { mode: stats.mode, content: stats.isFile() ? readFileSync(path) : undefined };
  };
  const kept = below().flatMap((name) => {
    const state = stateOf(join(folder, name));
    return state ? [{ name, ...state }] : [];
  });
  const names = new Set(kept.map(({ name }) => name));
  return () => {
    for (const name of below()) if (!names.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
    for (const { name, mode, content } of kept) {
      const path = join(folder, name);
      const now = stateOf(path);
      if (now?.mode === mode && (content === undefined || now.content?.equals(content))) continue;
      if (content !== undefined) {
        rmSync(path, { recursive: true, force: true });
        writeFileSync(path, content);
      } else if (now === undefined) mkdirSync(path);
      chmodSync(path, mode & 0o7777);
    }
  };
}
