import { randomBytes } from 'node:crypto';
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { unwritable } from '../../files/file-errors.js';
import { withLock } from '../../files/lock.js';
import { makePrivateFolder, replacePrivateFile } from '../../files/private-file.js';
import { type ConfigChanges, setSection } from '../config/config-edit.js';
import { absolutePath, type ConfigProfile, readConfigText, readProfile } from '../config/config-file.js';
import { type ConfigText, findSection } from '../config/config-text.js';
import { checkProfileName } from '../config/profile-name.js';
import { isSession } from '../config/session-profile.js';

const LOCK_WAIT = 45_000;
export const KEY_FILE_NAME = 'oci_api_key.pem';
export const PUBLIC_KEY_FILE_NAME = 'oci_api_key_public.pem';
const TOKEN_FILE_NAME = 'token';
export const SESSION_FILE_NAMES = [KEY_FILE_NAME, PUBLIC_KEY_FILE_NAME, TOKEN_FILE_NAME];
const STAGING = '.new-';

/** A session that is complete in memory. */
export interface NewSession {
  readonly profile: string;
  readonly configFile: string;
  /** Holds one folder per session, `~/.oci/sessions` as a rule. */
  readonly sessionsFolder: string;
  readonly token: string;
  /** The content of the key file, or the path of a key that stays where it is. */
  readonly key: { readonly content: string } | { readonly path: string };
  readonly publicKeyPem: string | undefined;
  readonly fingerprint: string;
  readonly tenancy: string;
  readonly region: string;
  /** Stored in the config file, as Oracle's CLI does it on request. */
  readonly passphrase: string | undefined;
  /** Further keys for the section, after Oracle's own. */
  readonly further?: ConfigChanges;
}

export interface SaveParts {
  readonly clock: Clock;
  readonly home: string;
  readonly signal?: AbortSignal;
  /** Which profiles of that name may be replaced. */
  readonly replace: 'none' | 'sessions' | 'any';
}

interface SessionPaths {
  readonly key: string;
  readonly token: string;
  readonly publicKey: string;
}

/**
 * Stores a session: files first, config last. The config's section is what makes it real, and it is replaced whole, so
 * that at every instant the profile is the old session, complete, or the new one, complete. Where the old session lives
 * in the files to be replaced, the new one is put beside it first and moved in afterwards.
 *
 * @returns the folder of the session's files
 * @throws OracleComputeError PROFILE_EXISTS, PROFILE_NAME_MALFORMED, CONFIG_FILE_CORRUPT, CONFIG_VALUE_UNSAFE,
 *   SESSION_LOCKED, FILE_UNWRITABLE, DISK_FULL
 */
export async function saveSession(session: NewSession, parts: SaveParts): Promise<string> {
  checkProfileName(session.profile);
  const folder = join(session.sessionsFolder, session.profile);
  const paths = pathsIn(folder);
  const { clock, signal } = parts;
  const options = { clock, wait: LOCK_WAIT, ...(signal && { signal }) };
  return withLock(session.configFile, options, async () => {
    const before = await readForReplacement(session, parts);
    // Fails early where a value cannot be written.
    setSection(before.config, session.profile, sectionOf(session, paths));
    const isNew = await makeSessionFolder(folder);
    try {
      // A refresh of the old session may be under way: it must not write its token over the new one.
      await withLock(paths.token, options, async () => {
        if (before.livesIn(paths)) await commitBeside(session, folder);
        await writeFiles(session, paths);
        await commit(session, paths);
      });
    } catch (error) {
      if (isNew) await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await removeStaging(folder);
    return folder;
  });
}

/** The profile that is there already, if it may be replaced. @throws OracleComputeError PROFILE_EXISTS */
export async function existingProfile(
  configFile: string,
  profile: string,
  replace: SaveParts['replace'],
): Promise<ConfigProfile | undefined> {
  const config = await readConfigText(configFile);
  if (!config || !findSection(config, profile)) return undefined;
  const existing = readProfile(config, profile);
  if (replace === 'any' || (replace === 'sessions' && isSession(existing))) return existing;
  const what = isSession(existing) ? 'is there already' : 'is there already and is not a session';
  throw new OracleComputeError('PROFILE_EXISTS', `the profile [${profile}] ${what}`, { profile, path: configFile });
}

async function readForReplacement(session: NewSession, { home, replace }: SaveParts) {
  const { configFile, profile } = session;
  const existing = await existingProfile(configFile, profile, replace);
  const config: ConfigText = (await readConfigText(configFile)) ?? { path: configFile, text: '' };
  const used = ['key_file', 'security_token_file']
    .map((key) => existing?.values.get(key))
    .flatMap((path) => (path === undefined ? [] : [absolutePath(path, home)]));
  return { config, livesIn: (paths: SessionPaths) => used.includes(paths.key) || used.includes(paths.token) };
}

/** The new session in a folder of its own, named by the config: from here on it is complete. */
async function commitBeside(session: NewSession, folder: string): Promise<void> {
  const staging = pathsIn(join(folder, `${STAGING}${randomBytes(4).toString('hex')}`));
  try {
    await makePrivateFolder(dirname(staging.token));
    await writeFiles(session, staging);
    await commit(session, staging);
  } catch (error) {
    await rm(dirname(staging.token), { recursive: true, force: true });
    throw error;
  }
}

async function writeFiles(session: NewSession, paths: SessionPaths): Promise<void> {
  if ('content' in session.key) await replacePrivateFile(paths.key, session.key.content);
  if (session.publicKeyPem !== undefined) await replacePrivateFile(paths.publicKey, session.publicKeyPem);
  else await rm(paths.publicKey, { force: true });
  await replacePrivateFile(paths.token, session.token);
}

async function commit(session: NewSession, paths: SessionPaths): Promise<void> {
  const path = session.configFile;
  const config = (await readConfigText(path)) ?? { path, text: '' };
  await replacePrivateFile(path, setSection(config, session.profile, sectionOf(session, paths)));
}

/** Oracle's keys in its order. Keys that somebody added by hand are not touched. */
function sectionOf(session: NewSession, paths: SessionPaths): ConfigChanges {
  return [
    ['fingerprint', session.fingerprint],
    ['key_file', 'path' in session.key ? session.key.path : paths.key],
    ['tenancy', session.tenancy],
    ['region', session.region],
    ['pass_phrase', session.passphrase],
    ['security_token_file', paths.token],
    ...(session.further ?? []),
  ];
}

function pathsIn(folder: string): SessionPaths {
  return {
    key: join(folder, KEY_FILE_NAME),
    token: join(folder, TOKEN_FILE_NAME),
    publicKey: join(folder, PUBLIC_KEY_FILE_NAME),
  };
}

/** A folder that other clients made may be open to others. Says whether it is new. */
async function makeSessionFolder(folder: string): Promise<boolean> {
  const existed = await stat(folder).catch(() => undefined);
  await makePrivateFolder(folder);
  if (!existed || (existed.mode & 0o777) === 0o700) return existed === undefined;
  await chmod(folder, 0o700).catch((cause) => {
    throw unwritable(folder, cause);
  });
  return false;
}

/** True for a folder in which a new session waits to take the place of the old one. */
export function isStaging(folder: string): boolean {
  return basename(folder).startsWith(STAGING);
}

/** What a process that was killed here left, too. */
export async function removeStaging(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => name.startsWith(STAGING));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
