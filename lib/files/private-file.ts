import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { readCheckedFile } from './checked-file.js';
import type { FileOwner } from './owner.js';

/** Linux's own limit. */
const MOST_LINKS = 40;

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
    makeFolders(folder);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

function makeFolders(folder: string): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolders(above);
  try {
    mkdirSync(folder, 0o700);
    // A umask can take rights from the owner, too.
    if ((statSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
  } catch (cause) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw cause;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Replaces a file whole: written to a temporary file beside it with mode 0600 from its first byte, flushed, renamed.
 * Whatever happens, the old or the new content is there. A link stays a link. Call it under the file's lock: it also
 * clears away temporary files that a killed process left.
 *
 * @throws OracleComputeError FILE_UNWRITABLE, DISK_FULL
 */
export async function replacePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  const target = followLinks(path);
  await makePrivateFolder(dirname(target));
  removeAbandonedTemporaries(target);
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
    renameSync(temporary, target);
  } catch (cause) {
    removeIfThere(temporary);
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

/** Resolves when what was written to a descriptor is on the disk, which may take its time. */
function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}

/** The place that a path leads to, also where nothing is there yet. */
export function followLinks(path: string): string {
  let place = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      // What a link says is meant from the folder that it really is in.
      place = resolve(realpathSync(dirname(place)), readlinkSync(place));
    } catch {
      return place;
    }
  }
  return resolve(path);
}

/** Removes a file of ours and says whether there was one. A link stays; what it leads to, the secret, is removed. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    unlinkSync(followLinks(path));
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false;
    throw unwritable(path, cause);
  }
}

function removeAbandonedTemporaries(path: string): void {
  const [folder, base] = [dirname(path), basename(path)];
  try {
    for (const name of readdirSync(folder)) {
      if (name.startsWith(`${base}.`) && /^[a-z0-9]+\.tmp$/.test(name.slice(base.length + 1))) {
        removeIfThere(join(folder, name));
      }
    }
  } catch {
    // A folder that must not be looked into can still be written to.
  }
}

/**
 * The names in a folder; none where it does not exist.
 *
 * @throws OracleComputeError FILE_UNREADABLE: what cannot be looked into is not empty
 */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new OracleComputeError('FILE_UNREADABLE', `${folder} cannot be read`, { path: folder }, { cause });
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or cannot be removed: doctor finds it.
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
