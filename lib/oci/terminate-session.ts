import { rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Environment, environmentFrom } from '../environment.js';
import { isOracleComputeError } from '../errors.js';
import { LOCK_ENDING, removeFreeLock, withLock } from '../files/lock.js';
import { listFolder, removePrivateFile, replacePrivateFile } from '../files/private-file.js';
import type { Waiting } from '../session/renew.js';
import type { SessionStore } from '../session/store.js';
import type { SessionStoreOptions } from '../store/address.js';
import { chooseProfileName, ownConfigFile } from './config/choose-profile.js';
import { removeSection } from './config/config-edit.js';
import {
  type ConfigProfile,
  filesOfOthers,
  profileNotFound,
  readConfigText,
  readProfile,
  SHARED_SESSION_KEY,
} from './config/config-file.js';
import type { ConfigText } from './config/config-text.js';
import { checkProfileName, type SessionProfile, sessionProfile } from './config/session-profile.js';
import { readSecurityToken } from './credentials/credential-files.js';
import {
  isFolderOf,
  isStaging,
  KEY_FILE_NAME,
  PUBLIC_KEY_FILE_NAME,
  removeStaging,
  SESSION_FILE_NAMES,
} from './login/session-folder.js';
import type { RefreshDeps } from './refresh-session.js';
import { type ChangeOptions, noteOpenFiles, noteProtected, type StoreOfSession, storeOf } from './session.js';
import { END_NOTICE } from './session-end.js';
import { type SessionToken, tokenFileStore } from './token-file-store.js';

const LOCK_WAIT = 45_000;

export interface TerminateSessionOptions extends ChangeOptions {
  /** The store in which hosts share the session, to end it for them too. */
  readonly store?: StoreOfSession;
}

export interface TerminatedSession {
  readonly profile: string;
  readonly configFile: string;
  /** When the token expires, a copy of which stays good until then; undefined if it cannot be read. */
  readonly expiresAt: number | undefined;
  readonly removedFiles: readonly string[];
  /** Files of the session that stay, because another profile uses them or because they were not made for it. */
  readonly keptFiles: readonly string[];
  /** True if other hosts can still take the session from the store that they share, because it was not given. */
  readonly isStillShared: boolean;
  /** Why the hosts that share the session could not be told. */
  readonly untold: unknown;
}

/**
 * Removes a session from this machine: its files, then its section. If hosts share it in a store, marks it there as
 * ended for them; a failure of that does not keep it here. The service is not told: the token stays good until it
 * expires. Files that another profile uses, in this config file or in another, stay, and so does a key that the user
 * keeps elsewhere.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION (a profile that only inherits a token file is
 *   none), CONFIG_FILE_CORRUPT, SESSION_LOCKED, FILE_UNWRITABLE
 */
export async function terminateSession(options: TerminateSessionOptions = {}): Promise<TerminatedSession> {
  const environment = environmentFrom(options);
  const { clock, home, signal } = environment;
  const { onNote } = options;
  const configFile = ownConfigFile(options, environment);
  const profile = checkProfileName((await chooseProfileName(options, environment)).value, { blanks: true });
  const lock = { clock, wait: LOCK_WAIT, signal };
  // Taking the lock would make the config's folder.
  const before = await readConfigText(configFile);
  if (!before) throw profileNotFound(profile, configFile);
  const sound = await readIfSound(before, profile, environment);
  const isShared = sound?.session.values.has(SHARED_SESSION_KEY) === true;
  const store = sound && (await storeOf(options, sound.session));
  noteOpenFiles([configFile, sound?.session.securityTokenFile, sound?.session.keyFile], { onNote }, environment);
  const share = sound && store && (await shareOf(sound.session, store, configFile, environment));
  noteProtected(configFile, { onNote });
  return withLock(configFile, lock, async () => {
    const config = await readConfigText(configFile);
    if (!config) throw profileNotFound(profile, configFile);
    const read = readProfile(config, profile);
    const session = sessionProfile(read, home);
    const folder = dirname(session.securityTokenFile);
    const files = sessionFiles(session, read, await filesOfOthers(config, profile, environment));
    // Another profile that has the token file has the session, too.
    const shared = files.toRemove.includes(session.securityTokenFile) && share?.(tokenFileStore(session, clock));
    const untold = shared ? await endForOthers(shared, lock) : undefined;
    const removeFiles = () => removeAll(files.toRemove);
    // Without its folder there is nothing that a refresh could be writing.
    const exists = await stat(folder).catch(() => undefined);
    const removedFiles = exists ? await withLock(session.securityTokenFile, lock, removeFiles) : [];
    await replacePrivateFile(configFile, removeSection(config, profile));
    await removeOwnFolder(folder, profile, files.isUsed);
    const { toKeep: keptFiles } = files;
    const isStillShared = isShared && !share;
    return { profile, configFile, expiresAt: sound?.expiresAt, removedFiles, keptFiles, isStillShared, untold };
  });
}

/** A session can be removed even if its files are damaged. */
async function readIfSound(config: ConfigText, profile: string, { home }: Environment) {
  try {
    const session = sessionProfile(readProfile(config, profile), home);
    return { session, expiresAt: (await readSecurityToken(session.securityTokenFile)).expiresAt };
  } catch (error) {
    if (isOracleComputeError(error)) return undefined;
    throw error;
  }
}

async function shareOf(
  session: SessionProfile,
  store: SessionStoreOptions,
  configFile: string,
  environment: Environment,
): Promise<RefreshDeps['share']> {
  const { shareOfProfile } = await import('./shared-session.js');
  return shareOfProfile(session, store, { configFile }, environment);
}

/** Returns the error that prevented it. If the hosts share another login by now, that one goes on. */
async function endForOthers(shared: SessionStore<SessionToken>, options: Waiting): Promise<unknown> {
  const ending = shared.exclusively(options, async (kept) => void (await kept.remove()));
  return ending.catch((error) => (isOracleComputeError(error, 'STORE_SESSION_REPLACED') ? undefined : error));
}

function sessionFiles(session: SessionProfile, profile: ConfigProfile, others: ReadonlySet<string>) {
  const folder = dirname(session.securityTokenFile);
  const ownKey = profile.own.has('key_file') && dirname(session.keyFile) === folder;
  const publicKey = join(folder, PUBLIC_KEY_FILE_NAME);
  const candidates = [
    session.securityTokenFile,
    ...(ownKey ? [session.keyFile] : []),
    ...(ownKey && basename(session.keyFile) === KEY_FILE_NAME ? [publicKey] : []),
  ];
  const toRemove = candidates.filter(
    (path) => !others.has(path) && !(path === publicKey && others.has(session.keyFile)),
  );
  const toKeep = [session.securityTokenFile, session.keyFile].filter((path) => !toRemove.includes(path));
  return { toRemove, toKeep, isUsed: (path: string) => others.has(path) };
}

async function removeAll(paths: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const path of paths) if (await removePrivateFile(path)) removed.push(path);
  return removed;
}

/** Only a folder that is the session's own goes, and only when nothing is left in it. */
async function removeOwnFolder(folder: string, profile: string, isUsed: (path: string) => boolean): Promise<void> {
  const staged = isStaging(folder);
  const own = staged ? dirname(folder) : folder;
  if (!isFolderOf(profile, own)) return;
  await removeStaging(own);
  // A login that was killed before its last step left the files of the session before it.
  await removePrivateFile(join(own, END_NOTICE));
  const left = staged ? SESSION_FILE_NAMES.map((name) => join(own, name)).filter((path) => !isUsed(path)) : [];
  await removeAll(left);
  for (const name of listFolder(own).filter((name) => name.endsWith(LOCK_ENDING))) {
    await removeFreeLock(join(own, name.slice(0, -LOCK_ENDING.length)));
  }
  await rmdir(own).catch(() => undefined);
}
