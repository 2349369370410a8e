import { isOracleComputeError } from '../errors.js';
import { stateOf } from '../session/lifetimes.js';
import type { RegionEnvironment } from './client/regions.js';
import { type ConfigProfile, readAllProfiles } from './config/config-file.js';
import type { ConfigText } from './config/config-text.js';
import { isSession, sessionProfile } from './config/session-profile.js';
import { assertUsable } from './refresh-session.js';
import { readSession } from './token-file-store.js';

/** One row of the list of sessions. Instants are milliseconds since the epoch. */
export interface SessionStatus {
  readonly profile: string;
  readonly region: string | undefined;
  readonly tenancy: string | undefined;
  /** The user's OCID, from the token. */
  readonly user: string | undefined;
  readonly state: 'valid' | 'expiring' | 'expired' | 'session-over' | 'broken';
  readonly tokenExpiresAt: number | undefined;
  readonly sessionExpiresAt: number | undefined;
  /** Why the session is broken: the code of the error. */
  readonly problem: string | undefined;
}

/** A token with at most this much time left is reported as expiring. Milliseconds. */
const EXPIRING = 10 * 60_000;

/**
 * All sessions of a config file, in its order. A session that cannot be read is a row, not a failure.
 *
 * @throws OracleComputeError CONFIG_FILE_CORRUPT
 */
export async function listSessions(config: ConfigText, at: RegionEnvironment, now: number): Promise<SessionStatus[]> {
  const rows: SessionStatus[] = [];
  for (const profile of readAllProfiles(config)) {
    if (isSession(profile)) rows.push(await sessionStatus(profile, at, now));
  }
  return rows;
}

/** The state of one session, from its files alone. A session whose key does not fit its token is broken. */
export async function sessionStatus(
  profile: ConfigProfile,
  { home, env }: RegionEnvironment,
  now: number,
): Promise<SessionStatus> {
  const fromConfig = {
    profile: profile.name,
    region: profile.values.get('region'),
    tenancy: profile.values.get('tenancy'),
  };
  try {
    const session = sessionProfile(profile, home);
    const { token, times } = await readSession(session, { now: () => now });
    const state = stateOf(times, now);
    if (state === 'valid') await assertUsable(session, token, session.region ?? (env.OCI_CLI_REGION || undefined));
    const living = times.tokenExpiresAt - now > EXPIRING ? 'valid' : 'expiring';
    return {
      ...fromConfig,
      user: token.subject,
      state: state === 'valid' ? living : state === 'token-expired' ? 'expired' : state,
      ...times,
      problem: undefined,
    };
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
    const unknown = { user: undefined, tokenExpiresAt: undefined, sessionExpiresAt: undefined };
    return { ...fromConfig, ...unknown, state: 'broken', problem: error.code };
  }
}
