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
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { readCheckedFile } from './checked-file.js';
import { chownToParent, type FileOwner, ownUserId } from './owner.js';
import { followLinks, lstatOf, statOf, unreadable, unwritable } from './paths.js';
import { whileBusy } from './windows.js';

/**
 * Reads a private file of this program, which holds a secret; undefined if the file does not exist.
 *
 * @param tooLarge makes the error for a file over `limitBytes`: its code depends on what the file is
 * @throws OracleComputeError FILE_UNSAFE (others may read it), FILE_FOREIGN_OWNER, FILE_UNREADABLE
 */
export async function readPrivateFile(
  path: string,
  owner: FileOwner,
  limitBytes: number,
  tooLarge: () => OracleComputeError,
): Promise<Buffer | undefined> {
  const file = await readCheckedFile(path, { protection: 'private', limitBytes, ...owner });
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
      throw unreadable(path, file.cause);
  }
}

/** Makes the folder of a private file and its missing parents, with mode 0700. Existing folders do not change. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const target = followLinks(folder);
  try {
    makeFolders(target);
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
    // The umask can mask the owner's bits, too.
    if ((statSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
    chownToParent(folder);
  } catch (cause) {
    // Another process may have made it first.
    if (!isFolder(folder)) throw cause;
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/**
 * Replaces a file atomically: writes a temporary file beside it, with mode 0600 from the first byte, flushes it and
 * renames it. A crash leaves the old or the new content. A link stays a link (see `followLinks`). Call it with the
 * file's lock held: it also removes temporary files that killed processes left.
 *
 * @param beside a file of this program; a link beside it records a temporary file in a folder that is not searched
 * @throws OracleComputeError FILE_UNWRITABLE, DISK_FULL
 */
export async function replacePrivateFile(path: string, content: string | Uint8Array, beside?: string): Promise<void> {
  const target = followLinks(path);
  await makePrivateFolder(dirname(target));
  removeTemporaries(target);
  const temporary = temporaryFor(target);
  const record = beside && recordTemporary(temporary, beside);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      // The umask can mask the owner's bits, too.
      if ((fstatSync(file).mode & 0o600) !== 0o600) fchmodSync(file, 0o600);
      chownToParent(temporary, file);
      // writeFile continues after a short write; with a single write(), a nearly full disk would truncate the content.
      writeFileSync(file, content);
      await flush(file);
    } finally {
      closeSync(file);
    }
    await whileBusy(() => renameSync(temporary, target));
  } catch (cause) {
    removeIfThere(temporary);
    throw unwritable(path, cause);
  } finally {
    if (record) removeIfThere(record);
  }
  await flushFolder(dirname(target));
}

/** Removes all permissions but the owner's from a file that another program made. */
export function removeOthersPermissions(path: string): void {
  const stat = statOf(path);
  if (stat && stat.uid === ownUserId() && (stat.mode & 0o077) !== 0) chmodSync(path, stat.mode & 0o700);
}

/** Makes a rename survive a power cut. Not every file system and platform can flush a folder. */
async function flushFolder(folder: string): Promise<void> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    await flush(descriptor);
  } catch {
    // This folder cannot be flushed.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** fsync(2), without blocking the event loop. */
function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Removes a private file, and the temporary files that killed processes left beside it. If the path is a link, its
 * target goes and the link stays.
 *
 * @returns whether there was anything to remove
 */
export async function removePrivateFile(path: string): Promise<boolean> {
  const target = followLinks(path);
  const left = removeTemporaries(target, 'all');
  try {
    await whileBusy(() => unlinkSync(target));
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return left;
    throw unwritable(path, cause);
  }
}

/** The suffix names this program, so that another program's file is never removed. */
const TEMPORARY = /\.[0-9a-f]{8}\.oracle-compute\.tmp$/;

/**
 * A name beside a file, for its next content. It may be guessed, because it is opened with `wx`; loading node:crypto
 * would make the start of every command a tenth slower.
 */
export function temporaryFor(path: string): string {
  const digits = Math.floor(Math.random() * 2 ** 32).toString(16);
  return `${path}.${digits.padStart(8, '0')}.oracle-compute.tmp`;
}

/** Records a temporary file in a folder that is not searched: a link to it, with a temporary name beside `path`. */
function recordTemporary(temporary: string, path: string): string {
  const link = temporaryFor(path);
  try {
    symlinkSync(temporary, link);
    chownToParent(link);
  } catch {
    // A session on a read-only mount can be exported, too.
  }
  return link;
}

/**
 * The temporary files that killed processes left of one file, and those recorded beside it. They may hold a secret.
 *
 * @throws OracleComputeError FILE_UNREADABLE
 */
export function temporariesOf(path: string): string[] {
  return temporariesIn(dirname(path), path);
}

/** The file that a temporary file was meant to replace. */
export function targetOf(temporary: string): string {
  return temporary.replace(TEMPORARY, '');
}

/** As `temporariesOf`, for all files in a folder, or for `target` only. @throws OracleComputeError FILE_UNREADABLE */
export function temporariesIn(folder: string, target?: string): string[] {
  const paths = listFolder(folder).map((name) => join(folder, name));
  return paths
    .filter((path) => TEMPORARY.test(path) && (target === undefined || targetOf(path) === target))
    .flatMap((path) => [path, ...recordedBy(path)]);
}

function recordedBy(path: string): string[] {
  const recorded = isLink(path) ? readlinkSync(path) : '';
  return TEMPORARY.test(recorded) && lstatOf(recorded) ? [recorded] : [];
}

const isLink = (path: string) => lstatOf(path)?.isSymbolicLink() === true;

/**
 * Removes the temporary files that killed processes left of one file, if that is possible.
 *
 * @param all removes the recorded ones, too, which a live process may be writing: no copy of the secret may remain
 * @returns whether there were any
 */
export function removeTemporaries(path: string, all?: 'all'): boolean {
  try {
    const isAbandoned = (found: string) => targetOf(found) === path && !isLink(found);
    const left = temporariesOf(path).filter((found) => all || isAbandoned(found));
    left.forEach(removeIfThere);
    return left.length > 0;
  } catch {
    // A folder that cannot be listed can still be written to.
    return false;
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or it cannot be removed.
  }
}

/**
 * The names in a folder, sorted; an empty list if the folder does not exist.
 *
 * @throws OracleComputeError FILE_UNREADABLE if the folder cannot be listed
 */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unreadable(folder, cause);
  }
}
