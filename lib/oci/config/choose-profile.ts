import { OracleComputeError } from '../../errors.js';
import type { ValueWithOrigin } from '../../value-with-origin.js';
import {
  absolutePath,
  type ConfigProfile,
  locateConfigFile,
  profileNotFound,
  readConfigText,
  readProfile,
  withVariables,
} from './config-file.js';
import { type ConfigText, findSection } from './config-text.js';
import { type SessionProfile, sessionProfile } from './session-profile.js';

/** The options that select a profile. */
export interface ProfileChoice {
  readonly configFile?: string;
  readonly profile?: string;
  readonly auth?: string;
  readonly cliRcFile?: string;
}

/** The variables and folders that supply what the options leave out. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

/** The absolute path of a typed one: `~` is the home folder, and a relative path begins at the current folder. */
export function pathOf(given: string, { home, cwd }: Pick<Places, 'home' | 'cwd'>): string {
  return absolutePath(given, home, cwd);
}

/** The config file that a session is read from. */
export async function configFileOf(
  choice: ProfileChoice,
  { env, home, cwd }: Places,
): Promise<ValueWithOrigin<string>> {
  return locateConfigFile(choice.configFile, env, home, cwd);
}

/** The config file that a session is written to: never one of the older places that Oracle's clients still read. */
export function ownConfigFile({ configFile }: ProfileChoice, places: Places): string {
  return pathOf(configFile ?? (places.env.OCI_CLI_CONFIG_FILE || '~/.oci/config'), places);
}

/** The profile, in Oracle's order: flag, `OCI_CLI_PROFILE`, `default_profile` of the rc file, `DEFAULT`. */
export async function profileNameOf(choice: ProfileChoice, places: Places): Promise<ValueWithOrigin<string>> {
  if (choice.profile !== undefined) return { value: choice.profile, source: '--profile' };
  const { OCI_CLI_PROFILE } = places.env;
  if (OCI_CLI_PROFILE) return { value: OCI_CLI_PROFILE, source: 'OCI_CLI_PROFILE' };
  const rc = await readRcFile(choice, places);
  const value = rc && rcValues(rc, 'OCI_CLI_SETTINGS').get('default_profile');
  return value ? { value, source: rc.path } : { value: 'DEFAULT', source: 'default' };
}

/**
 * The way to authenticate, in Oracle's order: flag, `OCI_CLI_AUTH`, the active profile's section of the rc file.
 * Undefined if none of them is set; Oracle's CLI then uses `api_key`.
 */
export async function authOf(choice: ProfileChoice, places: Places): Promise<ValueWithOrigin<string> | undefined> {
  if (choice.auth !== undefined) return { value: choice.auth, source: '--auth' };
  const { OCI_CLI_AUTH } = places.env;
  if (OCI_CLI_AUTH) return { value: OCI_CLI_AUTH, source: 'OCI_CLI_AUTH' };
  const rc = await readRcFile(choice, places);
  const value = rc && rcValues(rc, (await profileNameOf(choice, places)).value).get('auth');
  return value ? { value, source: rc.path } : undefined;
}

/** @throws OracleComputeError USAGE for a way that Oracle's CLI does not know */
export function checkAuth({ value, source }: ValueWithOrigin<string>): string {
  if ((AUTH_MODES as readonly string[]).includes(value)) return value;
  const message = `${source} is ${JSON.stringify(value.slice(0, 40))}; it must be one of ${AUTH_MODES.join(', ')}`;
  throw new OracleComputeError('USAGE', message, {});
}

/**
 * The selected profile, with the single values that Oracle's CLI takes from variables. If variables name a token and a
 * key, no profile is needed.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, CONFIG_FILE_CORRUPT, FILE_UNREADABLE
 */
export async function chooseProfile(choice: ProfileChoice, places: Places): Promise<ConfigProfile> {
  const { env } = places;
  const { value: path } = await configFileOf(choice, places);
  const { value: name } = await profileNameOf(choice, places);
  const config = await readConfigText(path);
  if (config && findSection(config, name)) return withVariables(readProfile(config, name), env);
  const given = env.OCI_CLI_SECURITY_TOKEN_FILE && env.OCI_CLI_KEY_FILE;
  if (given) return withVariables({ name, path, values: new Map(), own: new Set() }, env);
  if (config) return readProfile(config, name);
  throw profileNotFound(name, path);
}

/** The selected session. @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE too */
export async function chooseSession(choice: ProfileChoice, places: Places): Promise<SessionProfile> {
  return sessionProfile(await chooseProfile(choice, places), places.home);
}

const NO_VALUES: ReadonlyMap<string, string> = new Map();

/**
 * The rc file, which holds defaults of Oracle's CLI: the one that a flag or a variable names, or one of the usual two.
 * Skips a file that does not exist, as Oracle's CLI does. Undefined if none exists.
 */
export async function readRcFile({ cliRcFile }: ProfileChoice, places: Places): Promise<ConfigText | undefined> {
  for (const path of [cliRcFile, places.env.OCI_CLI_RC_FILE, '~/.oci/oci_cli_rc', '~/.oci/cli-defaults']) {
    const rc = path ? await readConfigText(pathOf(path, places)) : undefined;
    if (rc) return rc;
  }
  return undefined;
}

/** The values of a section of the rc file, with those of `[DEFAULT]`. Empty if the section does not exist. */
export function rcValues(rc: ConfigText, section: string): ReadonlyMap<string, string> {
  return findSection(rc, section) ? readProfile(rc, section).values : NO_VALUES;
}

/** The ways to authenticate that Oracle's CLI knows. */
export const AUTH_MODES = [
  'api_key',
  'instance_principal',
  'security_token',
  'instance_obo_user',
  'resource_principal',
  'oke_workload_identity',
] as const;

export type AuthMode = (typeof AUTH_MODES)[number];
