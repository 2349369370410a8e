import { type Environment, type EnvironmentOptions, environmentFrom } from '../environment.js';
import { OracleComputeError } from '../errors.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { SessionStoreOptions } from '../store/address.js';
import type { InstalledSession, InstallOptions } from './archive/install-session.js';
import { chooseConfigFile, chooseProfile, ownConfigFile, pathOf } from './config/choose-profile.js';
import { readConfigText, SHARED_SESSION_KEY, withoutVariables } from './config/config-file.js';
import { readSessionProfile, type SessionChoice } from './config/open-session.js';
import { sessionProfile } from './config/session-profile.js';
import { assertNotExpired } from './refresh-session.js';
import { type ChangeOptions, noteOpenFiles, noteProtected, OciSession, type OciSessionOptions } from './session.js';
import { listSessions as listSessionsOf, type SessionStatus } from './session-status.js';
import { readSession } from './token-file-store.js';

/**
 * Opens the session of a profile. Nothing is sent until the session is used; its files are read for each piece of work.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_FILE_CORRUPT,
 *   FILE_UNREADABLE
 */
export async function openSession(options: OciSessionOptions = {}): Promise<OciSession> {
  await readSessionProfile(options, environmentFrom(options));
  return new OciSession(options);
}

/** Every session of the config file, from its files alone. One that cannot be read is a row, and no failure. */
export async function listSessions(
  options: Pick<SessionChoice, 'configFile'> & EnvironmentOptions = {},
): Promise<readonly SessionStatus[]> {
  const environment = environmentFrom(options);
  const config = await readConfigText(chooseConfigFile(options, environment).value);
  return config ? listSessionsOf(config, environment, environment.clock.now()) : [];
}

export interface ExportSessionOptions extends ChangeOptions {
  /** The archive to write, as `oci session import` reads it; default: `PROFILE.zip`. */
  readonly file?: string;
  /** Or a folder like `~/.oci`, for a container. */
  readonly directory?: string;
  /** The absolute path of the folder in the container; default: its path here. */
  readonly mountedAt?: string;
  /** The region to write, in place of the profile's. */
  readonly region?: string;
  /** Replace what is there, or a function that decides about an archive that is there. */
  readonly replace?: boolean | ((path: string) => Promise<boolean>);
  /** Export a session that has expired, too. */
  readonly evenIfExpired?: boolean;
}

export interface ExportedSession {
  /** The archive or the folder. */
  readonly path: string;
  readonly profile: string;
  readonly configFile: string;
  readonly times: SessionTimes;
  /** The keys of the profile that were left out, because only this machine has a use for them. */
  readonly leftOut: readonly string[];
}

/**
 * Writes a session for another machine: into an archive, or as a folder. Whoever has it can act as you.
 *
 * @returns undefined if `replace` said no
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, FILE_EXISTS, KEY_MISMATCH, CONFIG_VALUE_UNSAFE,
 *   FILE_UNWRITABLE, and what reading the session throws
 */
export async function exportSession(options: ExportSessionOptions): Promise<ExportedSession | undefined> {
  const environment = environmentFrom(options);
  const { home, clock } = environment;
  const { file, directory, replace = false, evenIfExpired, region, signal } = options;
  const { fileExists, packCurrent, packSession, readForExport, writeArchive, writeSessionFolder } = await import(
    './archive/export-session.js'
  );
  const readProfile = () => readWrittenProfile(options, environment);
  const parts = { home, clock, signal, evenIfExpired, region, readProfile };
  if (directory === undefined) {
    const packed = await packCurrent(parts, (found, more) => packSession(found, { ...more, now: clock.now() }));
    const path = pathOf(file ?? `${packed.profile.name}.zip`, environment);
    const mayReplace = typeof replace === 'boolean' ? replace : fileExists(path) && (await replace(path));
    if (typeof replace !== 'boolean' && fileExists(path) && !mayReplace) return undefined;
    await writeArchive(path, packed.bytes, mayReplace, packed.tokenFile);
    return exported(packed, path);
  }
  const packed = await packCurrent(parts, readForExport);
  const path = pathOf(directory, environment);
  await writeSessionFolder(packed.profile.name, packed, path, options.mountedAt ?? path, replace === true);
  return exported(packed, path);
}

function exported(
  packed: Pick<ExportedSession, 'times' | 'leftOut'> & {
    readonly profile: { readonly name: string; readonly path: string };
  },
  path: string,
): ExportedSession {
  const { profile, times, leftOut } = packed;
  return { path, profile: profile.name, configFile: profile.path, times, leftOut };
}

/** The chosen profile from its file only: variables for single values do not count. */
async function readWrittenProfile(options: ChangeOptions, environment: Environment) {
  const { env, home, cwd } = environment;
  const profile = await chooseProfile(options, { env: withoutVariables(env), home, cwd });
  const files = ['security_token_file', 'key_file'].flatMap((key) => profile.values.get(key) ?? []);
  noteOpenFiles([profile.path, ...files.map((path) => pathOf(path, environment))], options, environment);
  return profile;
}

export interface NameAttempt {
  /** Why the name cannot be used. */
  readonly reason: OracleComputeError;
  /** Returns another name, or throws if that cannot be used either. */
  readonly isFree: (name: string) => Promise<string>;
}

export interface ImportSessionOptions extends Pick<ChangeOptions, 'configFile' | 'onNote'>, EnvironmentOptions {
  /** The profile to write; default: the archive's own. */
  readonly profile?: string;
  /** The region, in place of the archive's. */
  readonly region?: string;
  /** Replace a session of the same user, or with `any` every profile of that name. */
  readonly replace?: boolean | 'any';
  /** Take over the keys that are no part of a session, too. */
  readonly keepKeys?: boolean;
  /** Import a session that has expired, too. */
  readonly evenIfExpired?: boolean;
  /** Gives another name if the archive's cannot be used. If not given, the reason is thrown. */
  readonly profileName?: (taken: string, attempt: NameAttempt) => Promise<string>;
}

/**
 * Makes the session of an archive one of this machine.
 *
 * @throws OracleComputeError FILE_UNREADABLE, ARCHIVE_REFUSED, ARCHIVE_UNTRUSTED, PROFILE_EXISTS, TOKEN_FOREIGN,
 *   TOKEN_EXPIRED, SESSION_OVER, SESSION_LOCKED, FILE_UNWRITABLE
 */
export async function importSession(archive: string, options: ImportSessionOptions = {}): Promise<InstalledSession> {
  const environment = environmentFrom(options);
  const { readSessionArchive } = await import('./archive/import-session.js');
  const path = pathOf(archive, environment);
  const { replace } = options;
  const parts = { replace: replace === 'any' ? 'any' : replace ? 'sessions' : 'none' } as const;
  return install(await readSessionArchive(path), path, parts, options, environment);
}

async function install(
  archived: Parameters<typeof import('./archive/install-session.js').installSession>[0],
  from: string,
  parts: Pick<InstallOptions, 'notes' | 'replace'>,
  options: Omit<ImportSessionOptions, 'replace'>,
  environment: Environment,
): Promise<InstalledSession> {
  const { installSession } = await import('./archive/install-session.js');
  const { profile, keepKeys, region, evenIfExpired, profileName } = options;
  const taken = profile ?? archived.profile;
  const configFile = ownConfigFile(options, environment);
  return installSession(
    archived,
    from,
    {
      ...parts,
      configFile,
      sessionsFolder: pathOf('~/.oci/sessions', environment),
      profileName: profile,
      keepKeys,
      region,
      evenIfExpired,
      anotherName: profileName && (async (reason, isFree) => isFree(await profileName(taken, { reason, isFree }))),
      beforeChange: async () => noteProtected(configFile, options),
    },
    environment,
  );
}

export interface PushSessionOptions extends ChangeOptions {
  readonly store: SessionStoreOptions;
  /** The name for the other hosts; default: that of the profile. */
  readonly sharedAs?: string;
}

/**
 * Encrypts a session and keeps it in a store for other hosts: token, private key and profile, in place of what the store
 * has under that name.
 *
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, STORE_REFUSED, STORE_UNREACHABLE, and what reading the session
 *   throws
 */
export async function pushSession(
  options: PushSessionOptions,
): Promise<{ readonly sharedAs: string; readonly times: SessionTimes }> {
  const environment = environmentFrom(options);
  const { home, clock } = environment;
  const profile = await readWrittenProfile(options, environment);
  const session = sessionProfile(profile, home);
  const { sharedAs = profile.name, store } = options;
  const { token, times, writtenAt } = await readSession(session, clock);
  assertNotExpired(times, clock.now(), session.securityTokenFile);
  const { packSession } = await import('./archive/export-session.js');
  const { openShared, sharingParts } = await import('./shared-session.js');
  const { noteInProfile } = await import('./config/note-in-profile.js');
  const { bytes: archive } = await packSession(profile, { home, now: clock.now() });
  const shared = await openShared(sharingParts(sharedAs, store, environment));
  await shared.overwrite({ token, ...times, writtenAt, archive });
  noteProtected(session.configFile, options);
  await noteInProfile(session, SHARED_SESSION_KEY, sharedAs, clock);
  return { sharedAs, times };
}

export interface PullSessionOptions extends Omit<ImportSessionOptions, 'replace'> {
  readonly store: SessionStoreOptions;
  /** Replace the shared session of that name. */
  readonly replace?: boolean;
}

/**
 * Makes a session that another host has pushed one of this machine, with the checks of `importSession`. A refresh with
 * the same store is then one for all hosts.
 *
 * @throws OracleComputeError STORE_SESSION_MISSING, STORE_REFUSED, STORE_UNREACHABLE, and as `importSession`
 */
export async function pullSession(sharedAs: string, options: PullSessionOptions): Promise<InstalledSession> {
  const environment = environmentFrom(options);
  const { openShared, sharingParts } = await import('./shared-session.js');
  const { readSessionBytes } = await import('./archive/import-session.js');
  const parts = sharingParts(sharedAs, options.store, environment);
  const shared = await (await openShared(parts)).peek();
  const store = parts.settings.address.text;
  if (!shared) {
    const message = `${store} has no session of the name ${sharedAs}`;
    throw new OracleComputeError('STORE_SESSION_MISSING', message, { store, name: sharedAs });
  }
  assertNotExpired(shared, environment.clock.now(), store);
  const archived = await readSessionBytes(shared.archive, store, shared.token);
  const session = { ...archived, profile: sharedAs, notedSessionEnd: shared.sessionExpiresAt };
  const replace = options.replace ? { sharedAs } : 'none';
  return install(session, store, { notes: [[SHARED_SESSION_KEY, sharedAs]], replace }, options, environment);
}
