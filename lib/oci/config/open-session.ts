import { OracleComputeError } from '../../errors.js';
import type { RegionEnvironment } from '../client/regions.js';
import { chooseSession } from './choose-profile.js';
import { readRcDefaults } from './rc-defaults.js';
import type { SessionProfile } from './session-profile.js';

/** Which session to use. What is not given is chosen as the commands choose it. */
export interface SessionChoice {
  /** Default: `OCI_CLI_CONFIG_FILE`, else `~/.oci/config`. */
  readonly configFile?: string;
  /** Default: `OCI_CLI_PROFILE`, else `default_profile` of `~/.oci/oci_cli_rc`, else `DEFAULT`. */
  readonly profile?: string;
}

/** A session's profile with everything in it that a program needs. */
export interface CompleteSessionProfile extends SessionProfile {
  readonly tenancy: string;
  readonly region: string;
}

/**
 * Reads the profile of a session from Oracle's config file, with the single values that variables and the file with
 * defaults of Oracle's CLI give.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_FILE_CORRUPT,
 *   FILE_UNREADABLE
 */
export async function readSessionProfile(
  choice: SessionChoice,
  { env, home }: RegionEnvironment,
): Promise<CompleteSessionProfile> {
  const places = { env, home, cwd: '.' };
  const session = await chooseSession(choice, places);
  const { tenancy } = session;
  if (tenancy === undefined) throw incomplete(session, 'tenancy');
  const defaults = await readRcDefaults(choice, [], places);
  return { ...session, tenancy, region: requiredRegion(session, env, { defaultRegion: defaults?.region }) };
}

interface RegionChoice {
  /** The region that the caller names. */
  readonly region?: string;
  /** That of the file with defaults of Oracle's CLI. */
  readonly defaultRegion?: string;
}

/** The region, in Oracle's order: given, `OCI_CLI_REGION`, the defaults of its CLI, the profile, `OCI_REGION`. */
export function regionOf(
  session: SessionProfile,
  { OCI_CLI_REGION, OCI_REGION }: RegionEnvironment['env'],
  { region, defaultRegion }: RegionChoice = {},
): string | undefined {
  return region ?? (OCI_CLI_REGION || defaultRegion || session.region || OCI_REGION || undefined);
}

/** As `regionOf`. @throws OracleComputeError PROFILE_INCOMPLETE if nothing names a region */
function requiredRegion(session: SessionProfile, env: RegionEnvironment['env'], choice: RegionChoice = {}): string {
  const region = regionOf(session, env, choice);
  if (region !== undefined) return region;
  throw incomplete(session, 'region');
}

/** The error for a profile that lacks a value. */
export function incomplete({ name, configFile: path }: SessionProfile, key: string): OracleComputeError {
  const message = `the profile [${name}] in ${path} has no ${key}`;
  return new OracleComputeError('PROFILE_INCOMPLETE', message, { profile: name, path, key });
}
