import { join } from 'node:path';
import type { Clock } from '../../clock.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import type { SessionTimes } from '../../session/lifetimes.js';
import { findRegion, type RegionEnvironment } from '../client/regions.js';
import { type ConfigChanges, refuseUnsafePath } from '../config/config-edit.js';
import { checkProfileName, sessionEndEntry } from '../config/session-profile.js';
import { foreignOwner, type SecurityToken, tokenTimes } from '../credentials/security-token.js';
import { existingProfile, type SaveParts, saveSession } from '../login/save-session.js';
import { ownerOf } from '../login/try-login.js';
import { assertNotExpired } from '../refresh-session.js';
import type { ArchivedSession } from './import-session.js';

export interface InstallOptions extends WantedReach {
  readonly configFile: string;
  /** Holds one folder per session, `~/.oci/sessions` as a rule. */
  readonly sessionsFolder: string;
  /** Which profile of the same name may be replaced. */
  readonly replace: SaveParts['replace'];
  /** Install an expired session, too. */
  readonly evenIfExpired?: boolean;
  /** Further keys of this program for the profile. */
  readonly notes?: ConfigChanges;
  /**
   * Gets another name for the profile if the archive's cannot be used, until `isFree` takes it. If not given, the reason
   * is an error.
   */
  readonly anotherName?: (reason: OracleComputeError, isFree: (name: string) => Promise<string>) => Promise<string>;
  /** Runs before the config file is changed. */
  readonly beforeChange?: () => Promise<void>;
}

export interface InstalledSession {
  readonly profile: string;
  readonly configFile: string;
  readonly region: string;
  readonly token: SecurityToken;
  readonly times: SessionTimes;
  /** Keys of the archive that are no part of a session, and were left out. */
  readonly leftOut: readonly string[];
}

/**
 * Makes the session of an archive one of this host.
 *
 * @param from the source of the archive, for messages
 * @throws OracleComputeError ARCHIVE_UNTRUSTED, TOKEN_EXPIRED, SESSION_OVER, PROFILE_EXISTS, TOKEN_FOREIGN,
 *   PROFILE_NAME_MALFORMED, CONFIG_VALUE_UNSAFE, and as `saveSession`
 */
export async function installSession(
  given: ArchivedSession,
  from: string,
  options: InstallOptions,
  deps: Required<Pick<SaveParts, 'home' | 'env'>> & { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<InstalledSession> {
  const { configFile, sessionsFolder, replace, notes = [] } = options;
  const { clock } = deps;
  const { archived, leftOut } = await importPolicy(given, from, options, deps);
  const times = tokenTimes(archived.token, clock.now(), archived.notedSessionEnd);
  if (!options.evenIfExpired) assertNotExpired(times, clock.now(), from);
  const profile = await chooseName(archived, from, options, deps.home);
  refuseUnsafePath(join(sessionsFolder, profile));
  const { keyText, publicKeyPem, fingerprint, tenancy, region, passphrase, token, further } = archived;
  const end = times.sessionExpiresAt === token.sessionExpiresAt ? undefined : times.sessionExpiresAt;
  await options.beforeChange?.();
  await saveSession(
    {
      profile,
      configFile,
      sessionsFolder,
      token: token.value,
      key: { content: keyText },
      publicKeyPem,
      fingerprint,
      tenancy,
      region,
      passphrase,
      // A token that does not say its end, or a later one than there can be, would begin its day at every look.
      further: [...further, sessionEndEntry(end), ...notes],
    },
    { ...deps, replace },
  );
  return { profile, configFile, region, token, times, leftOut };
}

/** The name in the archive, or another one if that is taken. */
async function chooseName(
  archived: ArchivedSession,
  from: string,
  options: InstallOptions,
  home: string,
): Promise<string> {
  const { configFile, replace, anotherName } = options;
  const isFree = async (name: string) => {
    const existing = await existingProfile(configFile, checkProfileName(name, { blanks: true }), replace);
    const owner = replace === 'any' ? undefined : await ownerOf(existing, home);
    const whose = owner && foreignOwner(archived.token, owner);
    if (whose === undefined) return name;
    const reason = `its session is for ${whose} than that of the profile [${name}]`;
    throw new OracleComputeError('TOKEN_FOREIGN', `${from}: ${reason}`, { origin: from, reason, profile: name });
  };
  try {
    return await isFree(checkArchivedName(archived, from, options));
  } catch (error) {
    const isAboutName = isOracleComputeError(error, 'PROFILE_EXISTS', 'TOKEN_FOREIGN', 'ARCHIVE_UNTRUSTED');
    if (!isAboutName || !anotherName) throw error;
    return anotherName(error, isFree);
  }
}

/** What a user accepts from an archive beyond its own session. */
interface WantedReach {
  /** The name that was given for the profile, instead of the archive's own. */
  readonly profileName?: string;
  /** The given region. It overrides the archive's. */
  readonly region?: string;
  /** Take the keys that are no part of a session, too. */
  readonly keepKeys?: boolean;
}

/**
 * An archive may come from anywhere. By itself it decides only the name of its session: every other profile would
 * inherit `[DEFAULT]`, and an unknown region may be anybody's host.
 *
 * @returns the session to store, and the keys that were left out
 * @throws OracleComputeError ARCHIVE_UNTRUSTED
 */
async function importPolicy(
  archived: ArchivedSession,
  path: string,
  wanted: WantedReach,
  environment: RegionEnvironment,
): Promise<{ readonly archived: ArchivedSession; readonly leftOut: readonly string[] }> {
  const region = wanted.region ?? (await knownRegion(archived.region, path, environment));
  if (wanted.keepKeys) return { archived: { ...archived, region }, leftOut: [] };
  return { archived: { ...archived, region, further: [] }, leftOut: archived.further.map(([key]) => key) };
}

/** Accepts `[DEFAULT]` only if the user names it. @throws OracleComputeError ARCHIVE_UNTRUSTED */
function checkArchivedName(archived: ArchivedSession, path: string, wanted: WantedReach): string {
  if (wanted.profileName !== undefined) return wanted.profileName;
  if (archived.profile !== 'DEFAULT') return archived.profile;
  throw untrusted(path, 'it names its profile DEFAULT, from which all others inherit', 'profile');
}

async function knownRegion(given: string, path: string, environment: RegionEnvironment): Promise<string> {
  const region = await findRegion(given, environment);
  if (region.known) return region.id;
  throw untrusted(path, `its region ${JSON.stringify(given.slice(0, 60))} is not known here`, 'region');
}

function untrusted(path: string, reason: string, needs: 'profile' | 'region'): OracleComputeError {
  return new OracleComputeError('ARCHIVE_UNTRUSTED', `${path} is not imported: ${reason}`, {
    path,
    reason,
    needs,
  });
}
