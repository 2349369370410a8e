import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { unreadable } from './file-errors.js';
import { ownUserId } from './owner.js';

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

/**
 * What processes that were killed left of the writing of one file. It may hold a secret.
 *
 * @throws OracleComputeError FILE_UNREADABLE
 */
export function temporariesOf(path: string): string[] {
  return temporariesIn(dirname(path)).filter((found) => targetOf(found) === path);
}

/** The file whose content a temporary file was to become. */
export function targetOf(temporary: string): string {
  return temporary.replace(TEMPORARY.test(temporary) ? TEMPORARY : OLD_TEMPORARY, '');
}

/** The same of all files in a folder. @throws OracleComputeError FILE_UNREADABLE */
export function temporariesIn(folder: string): string[] {
  const paths = listFolder(folder).map((name) => join(folder, name));
  return paths.filter((path) => TEMPORARY.test(path) || (OLD_TEMPORARY.test(path) && isPrivateFile(path)));
}

/**
 * Removes what processes that were killed left of the writing of one file, as far as that can be done.
 *
 * @param old where the secret in it must not outlive the file: what version 0.1 left, too
 * @returns whether there was any
 */
export function removeTemporaries(path: string, old?: 'of 0.1, too'): boolean {
  try {
    const left = temporariesOf(path).filter((found) => old || TEMPORARY.test(found));
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
