import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import ownRules, { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { ownUserId } from './owner.js';

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, home: string, { sep, join } = ownRules): string {
  const isBelow = path.startsWith('~/') || path.startsWith(`~${sep}`);
  return isBelow || path === '~' ? join(home, path.slice(1)) : path;
}

/** False for a text that may be a secret instead: it begins like no path with a folder. */
export function looksLikePath(text: string, { sep } = ownRules): boolean {
  const unified = sep === '/' ? text : text.replaceAll(sep, '/');
  return /^(?:\.{0,2}\/|~\/|[a-z]:[\\/])/i.test(unified);
}

/** The error for a path that could not be written. @param cause the system's error */
export function unwritable(path: string, cause: unknown): OracleComputeError {
  const code = systemErrorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OracleComputeError('DISK_FULL', `${path} cannot be written: the disk is full`, { path }, { cause });
  }
  const fields = { path, foreignFolder: foreignFolder(path, code) };
  return new OracleComputeError('FILE_UNWRITABLE', `${path} cannot be written${reason(code)}`, fields, { cause });
}

/** The error for a path that could not be read. @param cause the system's error, if there is one */
export function unreadable(path: string, cause?: unknown): OracleComputeError {
  const code = systemErrorCode(cause);
  const fields = { path, foreignFolder: foreignFolder(path, code) };
  return new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read${reason(code)}`, fields, { cause });
}

/** The error for a path at which something else is, such as another user's file. @param what follows the path's name */
export function pathBlockedError(path: string, what: string, cause?: unknown): OracleComputeError {
  const message = `${path} cannot be written: ${what}`;
  return new OracleComputeError('FILE_UNWRITABLE', message, { path, isInTheWay: true }, { cause });
}

function reason(code: string | undefined): string {
  if (code === 'EMFILE' || code === 'ENFILE') return ': too many files are open (ulimit -n)';
  return code === undefined ? '' : ` (${code})`;
}

/**
 * The outermost folder of another user inside one of the caller's, as `sudo` leaves one in a home folder: the caller
 * can take it over.
 */
function foreignFolder(path: string, code: string | undefined): string | undefined {
  const uid = ownUserId();
  if (uid === undefined || uid === 0 || (code !== 'EACCES' && code !== 'EPERM')) return undefined;
  let found: string | undefined;
  for (let folder = resolve(path); folder !== dirname(folder); folder = dirname(folder)) {
    const [own, above] = [lstatOf(folder), lstatOf(dirname(folder))];
    if (own && own.uid !== uid && above?.uid === uid) found = folder;
  }
  return found;
}

/** lstat(2) of a path; undefined if it fails. */
export function lstatOf(path: string): Stats | undefined {
  return tried(() => lstatSync(path));
}

/** stat(2) of a path; undefined if it fails. */
export function statOf(path: string): Stats | undefined {
  return tried(() => statSync(path));
}

function tried<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Linux's own limit. */
const MAX_LINKS = 40;
const NOT_STICKY = "it is another user's folder, in which everyone can replace files";

/**
 * A path with its links resolved; nothing need exist there yet. A file that is replaced there keeps its links. Every
 * part is checked, not only the last: who controls a folder on the path chooses which of the caller's files is
 * replaced.
 *
 * @throws OracleComputeError FILE_UNWRITABLE if a link belongs neither to the caller nor to root, or if such a folder
 *   lets everyone replace its files
 */
export function followLinks(path: string): string {
  // No resolve(): `..` after a link means the parent of the link's target.
  let [place, parts] = split(isAbsolute(path) ? path : `${resolve()}${sep}${path}`);
  for (let links = 0; parts.length > 0; ) {
    const next = join(place, parts[0] ?? '');
    const found = lstatOf(next);
    if (!found) return join(place, ...parts);
    refuseForeign(next, found);
    const isLink = found.isSymbolicLink();
    if (isLink && ++links > MAX_LINKS) return resolve(path);
    const [root, targets] = isLink ? split(readlinkSync(next)) : [next, []];
    place = root || place;
    parts = [...targets, ...parts.slice(1)];
  }
  return place;
}

function split(path: string): [root: string, parts: string[]] {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep === '/' ? '/' : /[\\/]/);
  return [root, parts.filter((part) => part !== '' && part !== '.')];
}

function refuseForeign(place: string, found: Stats): void {
  const uid = ownUserId();
  if (uid === undefined || found.uid === uid || found.uid === 0) return;
  if (found.isSymbolicLink()) throw pathBlockedError(place, 'it is a link of another user');
  // In a folder with the sticky bit, only a file's owner can replace it.
  if (found.isDirectory() && (found.mode & 0o1002) === 0o0002) throw pathBlockedError(place, NOT_STICKY);
}
