import { readlinkSync, type Stats } from 'node:fs';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';
import { lstatOf, pathBlockedError } from './file-errors.js';
import { ownUserId } from './owner.js';

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
