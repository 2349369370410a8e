import { lstatSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { lstatOf, unreadable } from './file-errors.js';
import { chownToParent, ownUserId } from './owner.js';

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
