import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { flush, mkdir, readdir, readlink, rename, stat, unlink } from './at-once.js';
import { readCheckedFile } from './checked-file.js';

/** Linux's own limit. */
const MOST_LINKS = 40;

/** Who owns our files; `uid` is undefined where the platform has no owners (Windows). */
export interface FileOwner {
  readonly uid: number | undefined;
}

/**
 * Reads a file of ours that holds a secret, or gives undefined where there is none.
 *
 * @param tooLarge makes the error for a file over `limitBytes`: which code that is depends on what the file is
 * @throws OracleComputeError FILE_UNSAFE (others may read it), FILE_FOREIGN_OWNER, FILE_UNREADABLE
 */
export async function readPrivateFile(
  path: string,
  owner: FileOwner,
  limitBytes: number,
  tooLarge: () => OracleComputeError,
): Promise<Buffer | undefined> {
  const file = await readCheckedFile(path, { limitBytes, uid: owner.uid });
  if (file.problem === undefined) return file.bytes;
  switch (file.problem) {
    case 'missing':
      return undefined;
    case 'too-large':
      throw tooLarge();
    case 'unsafe':
      throw new OracleComputeError('FILE_UNSAFE', `${path} can be read by others (mode ${file.mode})`, {
        path,
        mode: file.mode ?? '',
      });
    case 'foreign-owner':
      throw new OracleComputeError('FILE_FOREIGN_OWNER', `${path} belongs to another user`, { path });
    default:
      throw new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read`, { path }, { cause: file.cause });
  }
}

/** Makes the folder of a private file, and what is missing above it, with mode 0700. Existing folders stay as they are. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

async function makeFolders(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolders(above);
  try {
    await mkdir(folder);
  } catch (cause) {
    // Another process may have been quicker.
    if (!(await isFolder(folder))) throw cause;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/**
 * Replaces a file whole: written to a temporary file beside it with mode 0600 from its first byte, flushed, renamed.
 * Whatever happens, the old or the new content is there. A link stays a link. Call it under the file's lock: it also
 * clears away temporary files that a killed process left.
 *
 * @throws OracleComputeError FILE_UNWRITABLE, DISK_FULL
 */
export async function replacePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  const target = await followLinks(path);
  await makePrivateFolder(dirname(target));
  await removeAbandonedTemporaries(target);
  const temporary = `${target}.${Math.random().toString(36).slice(2, 10)}.tmp`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      // A umask can take rights from the owner, too.
      if ((fstatSync(file).mode & 0o600) !== 0o600) fchmodSync(file, 0o600);
      // writeFile goes on after a short write; a bare write() would let a nearly full disk truncate the content.
      writeFileSync(file, content);
      await flush(file);
    } finally {
      closeSync(file);
    }
    await rename(temporary, target);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw unwritable(path, cause);
  }
  await flushFolder(dirname(target));
}

/** Makes a rename outlast a power cut. Not every file system and platform lets a folder be flushed. */
async function flushFolder(folder: string): Promise<void> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    await flush(descriptor);
  } catch {
    // It cannot be.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The place that a path leads to, also where nothing is there yet. */
async function followLinks(path: string): Promise<string> {
  let place = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const next = await readlink(place).catch(() => undefined);
    if (next === undefined) return place;
    place = resolve(dirname(place), next);
  }
  return path;
}

/** Removes a file of ours and says whether there was one. A link stays; what it leads to, the secret, is removed. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    await unlink(await followLinks(path));
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false;
    throw unwritable(path, cause);
  }
}

async function removeAbandonedTemporaries(path: string): Promise<void> {
  const [folder, base] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(`${base}.`) && /^[a-z0-9]+\.tmp$/.test(name.slice(base.length + 1))) {
      await unlink(join(folder, name)).catch(() => undefined);
    }
  }
}

/** The error for a path that could not be written, from what the system said. */
export function unwritable(path: string, cause: unknown): OracleComputeError {
  const code = systemErrorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OracleComputeError('DISK_FULL', `${path} cannot be written: the disk is full`, { path }, { cause });
  }
  const reason = code === undefined ? '' : ` (${code})`;
  return new OracleComputeError('FILE_UNWRITABLE', `${path} cannot be written${reason}`, { path }, { cause });
}
