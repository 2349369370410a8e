import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsync,
  lstatSync,
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
  const file = await readCheckedFile(path, { protection: 'ours', limitBytes, ...owner });
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

/** Makes the folder of a private file, and what is missing above it, with mode 0700. Existing folders stay as they are. */
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
    // A umask can take rights from the owner, too.
    if ((statSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
    chownToParent(folder);
  } catch (cause) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw cause;
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/**
 * Replaces a file whole: written to a temporary file beside it with mode 0600 from its first byte, flushed, renamed.
 * Whatever happens, the old or the new content is there. A link stays a link, see `followLinks`. Call it under the
 * file's lock: it also clears away temporary files that a killed process left.
 *
 * @param beside a file of ours, beside which the temporary file is noted if it is in a folder that nobody knows
 * @throws OracleComputeError FILE_UNWRITABLE, DISK_FULL
 */
export async function replacePrivateFile(path: string, content: string | Uint8Array, beside?: string): Promise<void> {
  const target = followLinks(path);
  await makePrivateFolder(dirname(target));
  removeTemporaries(target);
  const temporary = temporaryFor(target);
  const note = beside && noteTemporary(temporary, beside);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      // A umask can take rights from the owner, too.
      if ((fstatSync(file).mode & 0o600) !== 0o600) fchmodSync(file, 0o600);
      chownToParent(temporary, file);
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
  } finally {
    if (note) removeIfThere(note);
  }
  await flushFolder(dirname(target));
}

/** Takes the rights of others to a file that another program made, and leaves the owner's. */
export function closeToOthers(path: string): void {
  const stat = statOf(path);
  if (stat && stat.uid === ownUserId() && (stat.mode & 0o077) !== 0) chmodSync(path, stat.mode & 0o700);
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

/** Removes a file of ours and what killed processes left of it; was there any? A link stays: its target is the secret. */
export async function removePrivateFile(path: string): Promise<boolean> {
  const target = followLinks(path);
  const left = removeTemporaries(target, 'all');
  try {
    unlinkSync(target);
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return left;
    throw unwritable(path, cause);
  }
}

/** The ending says whose file it is, so that nobody else's is ever taken for ours and removed. */
const TEMPORARY = /\.[0-9a-f]{8}\.oracle-compute\.tmp$/;
/** Of version 0.1. Other programs use such names, too, so its owner and mode have to fit as well. */
const OLD_TEMPORARY = /\.(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{8}\.tmp$/;

/**
 * A name beside a file for the content that is to take its place. It is opened only where it is new, so it need not be
 * a secret; loading node:crypto would cost a command that writes nothing a tenth of its start.
 */
export function temporaryFor(path: string): string {
  const digits = Math.floor(Math.random() * 2 ** 32).toString(16);
  return `${path}.${digits.padStart(8, '0')}.oracle-compute.tmp`;
}

/** Notes a temporary file in a folder that nobody knows: by a link to it, with such a name beside `path`. */
export function noteTemporary(temporary: string, path: string): string {
  const link = temporaryFor(path);
  try {
    symlinkSync(temporary, link);
    chownToParent(link);
  } catch {
    // A session that is mounted read-only can be exported, too.
  }
  return link;
}

/**
 * What processes that were killed left of the writing of one file, and of others that were noted beside it. It may hold
 * a secret.
 *
 * @throws OracleComputeError FILE_UNREADABLE
 */
export function temporariesOf(path: string): string[] {
  return temporariesIn(dirname(path), path);
}

/** The file whose content a temporary file was to become. */
export function targetOf(temporary: string): string {
  return temporary.replace(TEMPORARY.test(temporary) ? TEMPORARY : OLD_TEMPORARY, '');
}

/** The same of all files in a folder, or of one. @throws OracleComputeError FILE_UNREADABLE */
export function temporariesIn(folder: string, target?: string): string[] {
  const paths = listFolder(folder).map((name) => join(folder, name));
  return paths
    .filter((path) => TEMPORARY.test(path) || (OLD_TEMPORARY.test(path) && isPrivateFile(path)))
    .filter((path) => target === undefined || targetOf(path) === target)
    .flatMap((path) => [path, ...notedBy(path)]);
}

function notedBy(path: string): string[] {
  const noted = isLink(path) ? readlinkSync(path) : '';
  return TEMPORARY.test(noted) && lstatOf(noted) ? [noted] : [];
}

const isLink = (path: string) => lstatOf(path)?.isSymbolicLink() === true;

/**
 * Removes what processes that were killed left of the writing of one file, as far as that can be done.
 *
 * @param all where the secret in it must not outlive the file: what version 0.1 left, too, and what is noted, which may
 *   be in use
 * @returns whether there was any
 */
export function removeTemporaries(path: string, all?: 'all'): boolean {
  try {
    const isOver = (found: string) => TEMPORARY.test(found) && targetOf(found) === path && !isLink(found);
    const left = temporariesOf(path).filter((found) => all || isOver(found));
    left.forEach(removeIfThere);
    return left.length > 0;
  } catch {
    // A folder that must not be looked into can still be written to.
    return false;
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or cannot be removed: doctor finds it.
  }
}

/**
 * The names in a folder; none where it does not exist.
 *
 * @throws OracleComputeError FILE_UNREADABLE: what cannot be looked into is not empty
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

function isPrivateFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const uid = ownUserId();
  return found?.isFile() === true && (uid === undefined || (found.uid === uid && (found.mode & 0o777) === 0o600));
}
