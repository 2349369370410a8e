import { createHash } from 'node:crypto';
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { followLinks, unwritable } from '../../files/paths.js';
import { makePrivateFolder, removeIfThere, replacePrivateFile } from '../../files/private-file.js';
import { realPath } from '../config/config-file.js';

export const KEY_FILE_NAME = 'oci_api_key.pem';
export const PUBLIC_KEY_FILE_NAME = 'oci_api_key_public.pem';
const TOKEN_FILE_NAME = 'token';
export const SESSION_FILE_NAMES = [KEY_FILE_NAME, PUBLIC_KEY_FILE_NAME, TOKEN_FILE_NAME];
const STAGING = '.new-';

/** The paths of a session's files. */
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
 * The folder for a profile's session: `NAME`, as Oracle's clients have it, else `NAME-2` and so on. Existing files
 * belong to a profile of the same name in another config file, unless the profile itself names them, or a login for
 * this config file was cut off there, and no other profile names them.
 *
 * @param own the files that the profile names until now
 * @param others the files that other profiles name
 */
export async function chooseSessionFolder(
  sessionsFolder: string,
  { profile, configFile }: { readonly profile: string; readonly configFile: string },
  own: readonly string[],
  others: ReadonlySet<string>,
): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(sessionsFolder, number === 1 ? profile : `${profile}-${number}`);
    const names = await readdir(folder).catch((): string[] => []);
    const isOwn =
      names.some((name) => name.startsWith(claimOf(configFile))) || own.some((path) => isBelow(path, folder));
    const isTaken = names.some((name) => SESSION_FILE_NAMES.includes(name) || isStaging(name));
    const real = realPath(folder);
    const isShared = [...others].some((path) => isBelow(path, folder) || isBelow(path, real));
    if (!isShared && (isOwn || !isTaken)) return folder;
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

/**
 * Says in an empty file whose the files of a folder will be, before the first of them is there: should the login be cut
 * off before the config file names them, the next one finds its own.
 *
 * @returns ends that, once the config file names the session
 */
export async function claimSessionFolder(folder: string, configFile: string): Promise<() => void> {
  const path = join(folder, claimOf(configFile));
  await replacePrivateFile(path, '');
  return () => removeIfThere(path);
}

function claimOf(configFile: string): string {
  return `${STAGING}${createHash('sha256').update(followLinks(configFile)).digest('hex').slice(0, 16)}`;
}

/** A folder in which a new session waits to take the place of the old one. */
export function stagingIn(folder: string): string {
  return join(folder, `${STAGING}${Math.random().toString(36).slice(2, 10)}`);
}

export function isStaging(folder: string): boolean {
  return basename(folder).startsWith(STAGING);
}

/** Removes a folder with all that is in it. On Windows, a file that another process reads goes when that closes it. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** What a process that was killed here left, too. */
export async function removeStaging(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter(isStaging).map((name) => removeFolder(join(folder, name))));
}

function isBelow(path: string, folder: string): boolean {
  const place = dirname(path);
  return place === folder || (isStaging(place) && dirname(place) === folder);
}
