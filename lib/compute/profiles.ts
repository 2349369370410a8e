import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import { LOCK_ENDING, withLock } from '../files/lock.js';
import { ownUserId } from '../files/owner.js';
import { listFolder, replacePrivateFile } from '../files/private-file.js';
import { isReservedName } from '../files/windows.js';
import { isObject } from '../text.js';
import { computeBlock, readProfileJson } from './account.js';

/** The keys of the `compute` block that this program reads, as Oracle spells them. */
export const PROFILE_KEYS = ['endpoint', 'user', 'password-file'] as const;
export type ProfileKey = (typeof PROFILE_KEYS)[number];

/** The file of a profile in a folder. @throws OracleComputeError PROFILE_NAME_MALFORMED */
export function profileFile(folder: string, name: string): string {
  if (isProfileName(name)) return join(folder, name);
  const given = name.slice(0, 80);
  throw new OracleComputeError('PROFILE_NAME_MALFORMED', `${JSON.stringify(given)} is not a profile name`, { given });
}

/** A name that stays in its folder, and is no option and no hidden, temporary or lock file. */
function isProfileName(name: string): boolean {
  return /^\w[\w.@-]{0,79}$/.test(name) && !name.endsWith(LOCK_ENDING) && !isReservedName(name);
}

/** The names of all profiles in a folder. */
export function listProfiles(folder: string): string[] {
  return listFolder(folder).filter(isProfileName).sort();
}

/** How long to wait for another process that changes the same profile. Milliseconds. */
const LOCK_WAIT = 10_000;

/**
 * Sets one value of a profile, or removes it with `''`. A missing file is made. All other keys stay.
 *
 * @throws OracleComputeError PROFILE_FILE_MALFORMED, FILE_UNSAFE, FILE_FOREIGN_OWNER, FILE_UNWRITABLE, DISK_FULL,
 *   SESSION_LOCKED
 */
export async function setInProfile(
  path: string,
  key: ProfileKey,
  value: string,
  { clock = systemClock, signal }: { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await withLock(path, { wait: LOCK_WAIT, clock, signal }, async () => {
    const profile = await readProfileJson(path, { uid: ownUserId(), signal });
    const { [key]: _, ...others } = computeBlock(profile, path);
    const compute = value === '' ? others : { ...computeBlock(profile, path), [key]: value };
    const next = { ...(isObject(profile) ? profile : {}), compute };
    await replacePrivateFile(path, `${JSON.stringify(next, null, 2)}\n`);
  });
}
