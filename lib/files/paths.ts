import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
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

/** Linux's own limit. */
const MOST_LINKS = 40;
const NOT_STICKY = 'it is a folder of another user in which everybody can replace everything';

/**
 * The place that a path leads to, also if nothing is there yet: what is written there keeps a link a link. Every part
 * is checked, not only the last: whoever chooses a folder on the way chooses which file of the caller's is replaced.
 *
 * @throws OracleComputeError FILE_UNWRITABLE at a link that belongs neither to the caller nor to root, and at such a
 *   folder if everybody can replace what is in it
 */
export function followLinks(path: string): string {
  // Not resolved: `..` behind a link means the folder above the link's target.
  let [place, parts] = split(isAbsolute(path) ? path : `${resolve()}${sep}${path}`);
  for (let links = 0; parts.length > 0; ) {
    const next = join(place, parts[0] ?? '');
    const found = lstatOf(next);
    if (!found) return join(place, ...parts);
    refuseForeign(next, found);
    const isLink = found.isSymbolicLink();
    if (isLink && ++links > MOST_LINKS) return resolve(path);
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
  // The sticky bit keeps what is in a folder from all but its owner.
  if (found.isDirectory() && (found.mode & 0o1002) === 0o0002) throw pathBlockedError(place, NOT_STICKY);
}
