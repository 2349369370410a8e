import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unwritable } from '../../files/file-errors.js';
import { makePrivateFolder } from '../../files/private-file.js';

export const KEY_FILE_NAME = 'oci_api_key.pem';
export const PUBLIC_KEY_FILE_NAME = 'oci_api_key_public.pem';
const TOKEN_FILE_NAME = 'token';
export const SESSION_FILE_NAMES = [KEY_FILE_NAME, PUBLIC_KEY_FILE_NAME, TOKEN_FILE_NAME];
const STAGING = '.new-';

/** Where the files of a session are. */
export interface SessionPaths {
  readonly key: string;
  readonly token: string;
  readonly publicKey: string;
}

export function pathsIn(folder: string): SessionPaths {
  return {
    key: join(folder, KEY_FILE_NAME),
    token: join(folder, TOKEN_FILE_NAME),
    publicKey: join(folder, PUBLIC_KEY_FILE_NAME),
  };
}

/**
 * The folder for a profile's session: `NAME`, where Oracle's clients have it, else `NAME-2` and so on. Files that are
 * there belong to a profile of the same name in another config file, unless the profile itself names them, and no other
 * one does.
 *
 * @param own the files that the profile names until now
 * @param others the files that other profiles name
 */
export async function chooseSessionFolder(
  sessionsFolder: string,
  profile: string,
  own: readonly string[],
  others: ReadonlySet<string>,
): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(sessionsFolder, number === 1 ? profile : `${profile}-${number}`);
    const names = await readdir(folder).catch(() => []);
    const isTaken = names.some((name) => SESSION_FILE_NAMES.includes(name) || isStaging(name));
    const isShared = [...others].some((path) => isBelow(path, folder));
    if (!isShared && (!isTaken || own.some((path) => isBelow(path, folder)))) return folder;
  }
}

/** A session's folder for `profile`, as `chooseSessionFolder` names them? */
export function isFolderOf(profile: string, folder: string): boolean {
  const name = basename(folder);
  return name === profile || (name.startsWith(`${profile}-`) && /^[1-9]\d*$/.test(name.slice(profile.length + 1)));
}

/** A folder that other clients made may be open to others. Says whether it is new. */
export async function makeSessionFolder(folder: string): Promise<boolean> {
  const existed = await stat(folder).catch(() => undefined);
  await makePrivateFolder(folder);
  if (!existed || (existed.mode & 0o777) === 0o700) return existed === undefined;
  await chmod(folder, 0o700).catch((cause) => {
    throw unwritable(folder, cause);
  });
  return false;
}

/** A folder in which a new session waits to take the place of the old one. */
export function stagingIn(folder: string): string {
  return join(folder, `${STAGING}${Math.random().toString(36).slice(2, 10)}`);
}

export function isStaging(folder: string): boolean {
  return basename(folder).startsWith(STAGING);
}

/** What a process that was killed here left, too. */
export async function removeStaging(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter(isStaging).map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function isBelow(path: string, folder: string): boolean {
  const place = dirname(path);
  return place === folder || (isStaging(place) && dirname(place) === folder);
}
