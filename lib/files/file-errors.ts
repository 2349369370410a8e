import { lstatSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { ownUserId } from './owner.js';

/** The error for a path that could not be written, from what the system said. */
export function unwritable(path: string, cause: unknown): OracleComputeError {
  const code = systemErrorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OracleComputeError('DISK_FULL', `${path} cannot be written: the disk is full`, { path }, { cause });
  }
  const fields = { path, ...foreignFolder(path, code) };
  return new OracleComputeError('FILE_UNWRITABLE', `${path} cannot be written${reason(code)}`, fields, { cause });
}

/** The error for a path that could not be read. @param cause where the system said why */
export function unreadable(path: string, cause?: unknown): OracleComputeError {
  const code = systemErrorCode(cause);
  const fields = { path, ...foreignFolder(path, code) };
  return new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read${reason(code)}`, fields, { cause });
}

/** The error for something of somebody else's in the place of a file of ours. */
export function pathBlockedError(path: string, what: string, cause?: unknown): OracleComputeError {
  const message = `${path} cannot be written: ${what}`;
  return new OracleComputeError('FILE_UNWRITABLE', message, { path, isInTheWay: true }, { cause });
}

function reason(code: string | undefined): string {
  if (code === 'EMFILE' || code === 'ENFILE') return ': too many files are open (ulimit -n)';
  return code === undefined ? '' : ` (${code})`;
}

/**
 * The outermost part of a path that is somebody else's inside a folder of ours, as `sudo` leaves one in a home: whoever
 * owns the folder around it may well take it over.
 */
function foreignFolder(path: string, code: string | undefined): { readonly foreignFolder?: string } {
  const uid = ownUserId();
  if (uid === undefined || uid === 0 || (code !== 'EACCES' && code !== 'EPERM')) return {};
  let found: string | undefined;
  for (let folder = resolve(path); folder !== dirname(folder); folder = dirname(folder)) {
    const [own, above] = [lstatOf(folder), lstatOf(dirname(folder))];
    if (own && own.uid !== uid && above?.uid === uid) found = folder;
  }
  return found === undefined ? {} : { foreignFolder: found };
}

/** What is at a path itself, a link for one; undefined where that cannot be told. */
export function lstatOf(path: string): Stats | undefined {
  return tried(() => lstatSync(path));
}

/** What a path leads to; undefined where that cannot be told. */
export function statOf(path: string): Stats | undefined {
  return tried(() => statSync(path));
}

function tried<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
