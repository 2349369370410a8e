import { type EnvironmentOptions, environmentFrom } from '../environment.js';
import type { InstalledSession } from './archive/install-session.js';
import { chooseProfile, configFileOf, ownConfigFile, pathOf, profileNameOf } from './config/choose-profile.js';
import { readConfigText, withoutVariables } from './config/config-file.js';
import { readSessionProfile, type SessionChoice } from './config/open-session.js';
import { OciSession } from './session.js';
import { listSessions as listSessionsOf, type SessionStatus } from './session-status.js';
import { type TerminatedSession, terminateSession as terminate } from './terminate-session.js';

export interface OpenOciSessionOptions extends SessionChoice, EnvironmentOptions {
  /** The origin of the login service, instead of the region's own. */
  readonly endpoint?: string;
  /** Asks for the passphrase of a key that needs one. If not given, a missing passphrase is an error. */
  readonly passphrase?: (keyFile: string) => Promise<string>;
}

/**
 * Opens the session of a profile. Nothing is sent until the session is used; its files are read for each piece of work.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_FILE_CORRUPT,
 *   FILE_UNREADABLE
 */
export async function openSession(options: OpenOciSessionOptions = {}): Promise<OciSession> {
  const environment = environmentFrom(options);
  const readProfile = () => readSessionProfile(options, environment);
  await readProfile();
  const { endpoint, passphrase, signal } = options;
  const { http, ...machine } = environment;
  return new OciSession({ ...machine, http: async () => http, readProfile, endpoint, passphrase, signal });
}

/** Every session of the config file, from its files alone. One that cannot be read is a row, and no failure. */
export async function listSessions(
  options: Pick<SessionChoice, 'configFile'> & EnvironmentOptions = {},
): Promise<readonly SessionStatus[]> {
  const { env, home, clock } = environmentFrom(options);
  const config = await readConfigText((await configFileOf(options, { env, home, cwd: '.' })).value);
  return config ? listSessionsOf(config, home, clock.now()) : [];
}

export interface ExportSessionOptions extends SessionChoice, EnvironmentOptions {
  /** The archive to write, as `oci session import` reads it. */
  readonly file?: string;
  /** Or a folder like `~/.oci`, for a container. */
  readonly directory?: string;
  /** The absolute path of the folder in the container; default: its path here. */
  readonly mountedAt?: string;
  /** Replace what is there. */
  readonly replace?: boolean;
  /** Export a session that has expired, too. */
  readonly evenIfExpired?: boolean;
}

/**
 * Writes a session for another machine: into an archive, or as a folder. Whoever has it can act as you.
 *
 * @returns the keys of the profile that were left out, because only this machine has a use for them
 * @throws OracleComputeError TOKEN_EXPIRED, SESSION_OVER, FILE_EXISTS, KEY_MISMATCH, CONFIG_VALUE_UNSAFE, FILE_UNWRITABLE, and what reading the
 *   session throws
 */
export async function exportSession(options: ExportSessionOptions): Promise<{ readonly leftOut: readonly string[] }> {
  const { env, home, clock } = environmentFrom(options);
  const places = { env: withoutVariables(env), home, cwd: '.' };
  const { file, directory, replace = false, evenIfExpired, signal } = options;
  const { packCurrent, packSession, readForExport, writeArchive, writeSessionFolder } = await import(
    './archive/export-session.js'
  );
  const parts = { home, clock, signal, evenIfExpired, readProfile: () => chooseProfile(options, places) };
  if (directory === undefined) {
    const packed = await packCurrent(parts, (found, more) => packSession(found, { ...more, now: clock.now() }));
    const path = pathOf(file ?? `${packed.profile.name}.zip`, places);
    await writeArchive(path, packed.bytes, replace, packed.tokenFile);
    return { leftOut: packed.leftOut };
  }
  const { profile, ...session } = await packCurrent(parts, readForExport);
  const folder = pathOf(directory, places);
  await writeSessionFolder(profile.name, session, folder, options.mountedAt ?? folder, replace);
  return { leftOut: session.leftOut };
}

export interface ImportSessionOptions extends Pick<SessionChoice, 'configFile'>, EnvironmentOptions {
  /** The profile to write; default: the archive's own. */
  readonly profile?: string;
  /** Replace a session of the same user. */
  readonly replace?: boolean;
  /** Take over the keys that are no part of a session, too. */
  readonly keepKeys?: boolean;
  /** Gets another name if the archive's is taken. If not given, that is an error. */
  readonly profileName?: (taken: string) => Promise<string>;
}

/**
 * Makes the session of an archive one of this machine.
 *
 * @throws OracleComputeError FILE_UNREADABLE, ARCHIVE_REFUSED, ARCHIVE_OVERREACHES, PROFILE_EXISTS, TOKEN_FOREIGN,
 *   TOKEN_EXPIRED, SESSION_OVER, SESSION_LOCKED, FILE_UNWRITABLE
 */
export async function importSession(archive: string, options: ImportSessionOptions = {}): Promise<InstalledSession> {
  const { env, home, clock } = environmentFrom(options);
  const places = { env, home, cwd: '.' };
  const { profile, profileName, keepKeys, replace, signal } = options;
  const { installSession } = await import('./archive/install-session.js');
  const path = pathOf(archive, places);
  const { readSessionArchive } = await import('./archive/import-session.js');
  const archived = await readSessionArchive(path);
  return installSession(
    archived,
    path,
    {
      configFile: ownConfigFile(options, places),
      sessionsFolder: pathOf('~/.oci/sessions', places),
      profileName: profile,
      keepKeys,
      replace: replace ? 'sessions' : 'none',
      anotherName: profileName && (async (_reason, isFree) => isFree(await profileName(profile ?? archived.profile))),
    },
    { env, home, clock, signal },
  );
}

/**
 * Removes a session from this machine. The service knows nothing of it: the token stays good until it expires.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, SESSION_LOCKED, FILE_UNWRITABLE
 */
export async function terminateSession(options: SessionChoice & EnvironmentOptions = {}): Promise<TerminatedSession> {
  const { env, home, clock } = environmentFrom(options);
  const places = { env, home, cwd: '.' };
  const { value: profile } = await profileNameOf(options, places);
  return terminate(ownConfigFile(options, places), profile, { env, home, clock, signal: options.signal });
}
