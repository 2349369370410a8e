import type { RegionEnvironment } from '../client/find-region.js';
import { absolutePath, locateConfigFile, profileNotFound, readConfigText, readProfile } from './config-file.js';
import { required, type SessionProfile, sessionProfile } from './session-profile.js';

/** Which session to use. */
export interface SessionChoice {
  /** Default: `OCI_CLI_CONFIG_FILE`, else `~/.oci/config`. */
  readonly configFile?: string;
  /** Default: `OCI_CLI_PROFILE`, else `DEFAULT`. */
  readonly profile?: string;
}

/** A session's profile with everything in it that a program needs. */
export interface CompleteSessionProfile extends SessionProfile {
  readonly tenancy: string;
  readonly region: string;
}

/**
 * Reads the profile of a session from Oracle's config file.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE, CONFIG_FILE_CORRUPT,
 *   FILE_UNREADABLE
 */
export async function openSession(
  choice: SessionChoice,
  { env, home }: RegionEnvironment,
): Promise<CompleteSessionProfile> {
  const given = choice.configFile === undefined ? undefined : absolutePath(choice.configFile, home, '.');
  const path = locateConfigFile(given, env, home).value;
  const name = choice.profile ?? (env.OCI_CLI_PROFILE || 'DEFAULT');
  const config = await readConfigText(path);
  if (!config) throw profileNotFound(name, path);
  const profile = readProfile(config, name);
  const session = sessionProfile(profile, home);
  return { ...session, tenancy: required(profile, 'tenancy'), region: required(profile, 'region') };
}
