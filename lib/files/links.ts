import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inTheWay } from './file-errors.js';
import { ownUserId } from './owner.js';

/** Linux's own limit. */
const MOST_LINKS = 40;

/**
 * The place that a path leads to, also where nothing is there yet: what is written there keeps a link a link. Links of
 * other users than the caller and root are not followed: in a folder that several can write to, they would choose which
 * file of the caller's is replaced.
 *
 * @throws OracleComputeError FILE_UNWRITABLE at a link of somebody else
 */
export function followLinks(path: string): string {
  let place = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = targetOf(place);
    if (target === undefined) return place;
    place = target;
  }
  return resolve(path);
}

function targetOf(place: string): string | undefined {
  let link: { readonly uid: number; readonly target: string };
  try {
    link = { uid: lstatSync(place).uid, target: readlinkSync(place) };
  } catch {
    return undefined;
  }
  const uid = ownUserId();
  if (uid !== undefined && link.uid !== uid && link.uid !== 0) throw inTheWay(place, 'it is a link of another user');
  // What a link says is meant from the folder that it really is in.
  return resolve(realpathSync(dirname(place)), link.target);
}
