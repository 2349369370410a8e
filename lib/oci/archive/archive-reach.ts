import { OracleComputeError } from '../../errors.js';
import { findRegion, type RegionEnvironment } from '../client/find-region.js';
import type { ArchivedSession } from './import-session.js';

/** What a user accepts from an archive beyond its own session. */
export interface WantedReach {
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
 * @throws OracleComputeError ARCHIVE_OVERREACHES
 */
export async function importPolicy(
  archived: ArchivedSession,
  path: string,
  wanted: WantedReach,
  environment: RegionEnvironment,
): Promise<{ readonly archived: ArchivedSession; readonly leftOut: readonly string[] }> {
  const region = wanted.region ?? (await knownRegion(archived.region, path, environment));
  if (wanted.keepKeys) return { archived: { ...archived, region }, leftOut: [] };
  return { archived: { ...archived, region, further: [] }, leftOut: archived.further.map(([key]) => key) };
}

/** Accepts `[DEFAULT]` only if the user names it. @throws OracleComputeError ARCHIVE_OVERREACHES */
export function checkArchivedName(archived: ArchivedSession, path: string, wanted: WantedReach): string {
  if (wanted.profileName !== undefined) return wanted.profileName;
  if (archived.profile !== 'DEFAULT') return archived.profile;
  throw overreach(path, 'it names its profile DEFAULT, from which all others inherit', '--profile-name NAME');
}

async function knownRegion(given: string, path: string, environment: RegionEnvironment): Promise<string> {
  const region = await findRegion(given, environment);
  if (region.known) return region.id;
  throw overreach(path, `its region ${JSON.stringify(given.slice(0, 60))} is not known here`, '--region REGION');
}

function overreach(path: string, reason: string, flag: string): OracleComputeError {
  return new OracleComputeError('ARCHIVE_OVERREACHES', `${path} is not imported as it is: ${reason}`, {
    path,
    reason,
    flag,
  });
}
