import { closeSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mkdir, readdir, rmdir, stat, unlink, utimes } from './at-once.js';
import { isHolderName } from './lock-holder.js';

/**
 * A lock is a folder beside the locked file, and the name of the one empty file in it says who holds it. To remove a
 * lock is to remove that file first: of many who try at the same time one succeeds, and none that looked at an older
 * lock of the same path.
 */
export function lockFolder(path: string): string {
  return `${resolve(path)}.lock`;
}

/** The holder's name; undefined for the instant while a lock is made or removed, or where the folder is not a lock. */
export async function holderOf(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  return names.find(isHolderName);
}

/** Removes the lock of one holder; without a name, one that was never finished. Fails where there is another. */
export async function removeLock(folder: string, holder: string | undefined): Promise<void> {
  if (holder !== undefined) await unlink(join(folder, holder));
  await rmdir(folder);
}

async function makeLock(folder: string, holder: string): Promise<void> {
  await mkdir(folder);
  try {
    closeSync(openSync(join(folder, holder), 'wx', 0o600));
  } catch (cause) {
    await rmdir(folder).catch(() => undefined);
    throw cause;
  }
}

type Done = (error: unknown, result?: unknown) => void;

/** The file system as the lock library sees it: its folder comes and goes together with the holder's name. */
export function lockFileSystem(holder: string) {
  const report = (work: Promise<unknown>, done: Done) => void work.then((result) => done(null, result), done);
  return {
    stat: (path: string, done: Done) => report(stat(path), done),
    utimes: (path: string, read: Date, written: Date, done: Done) => report(utimes(path, read, written), done),
    mkdir: (folder: string, done: Done) => report(makeLock(folder, holder), done),
    rmdir: (folder: string, done: Done) => report(removeLock(folder, holder), done),
    rmdirSync: (folder: string) => {
      unlinkSync(join(folder, holder));
      rmdirSync(folder);
    },
  };
}
