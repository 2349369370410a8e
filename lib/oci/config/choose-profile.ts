import type { Environment } from '../../environment.js';
import { OracleComputeError } from '../../errors.js';
import type { ValueWithOrigin } from '../../text.js';
import {
  absolutePath,
  type ConfigProfile,
  locateConfigFile,
  profileNotFound,
  readConfigText,
  readProfile,
  withVariables,
} from './config-file.js';
import { type ConfigText, findSection, listSections, readEntries } from './config-text.js';
import { type SessionProfile, sessionProfile } from './session-profile.js';

/** The options that select a profile. The source of a value that they give is `option`. */
export interface ProfileChoice {
  readonly configFile?: string;
  readonly profile?: string;
  readonly auth?: string;
  readonly cliRcFile?: string;
}

/** The variables and folders that supply what the options leave out. */
export type ConfigEnvironment = Pick<Environment, 'env' | 'home' | 'cwd'>;

/** The absolute path of a typed one: `~` is the home folder, and a relative path begins at the current folder. */
export function pathOf(given: string, { home, cwd }: Pick<ConfigEnvironment, 'home' | 'cwd'>): string {
  return absolutePath(given, home, cwd);
}

/** The config file that a session is read from. */
export function chooseConfigFile(
  { configFile }: ProfileChoice,
  { env, home, cwd }: ConfigEnvironment,
): ValueWithOrigin<string> {
  return locateConfigFile(configFile, env, home, cwd);
}

/** The names of all profiles of a config file, in its order. @throws OracleComputeError FILE_UNREADABLE */
export async function listProfiles(choice: ProfileChoice, environment: ConfigEnvironment): Promise<readonly string[]> {
  const config = await readConfigText(chooseConfigFile(choice, environment).value);
  return config ? listSections(config).map(({ name }) => name) : [];
}

/** The config file that a session is written to: never one of the older files that Oracle's clients still read. */
export function ownConfigFile({ configFile }: ProfileChoice, environment: ConfigEnvironment): string {
  return pathOf(configFile ?? (environment.env.OCI_CLI_CONFIG_FILE || '~/.oci/config'), environment);
}

/** The profile, in Oracle's order: option, `OCI_CLI_PROFILE`, `default_profile` of the rc file, `DEFAULT`. */
export async function chooseProfileName(
  choice: ProfileChoice,
  environment: ConfigEnvironment,
): Promise<ValueWithOrigin<string>> {
  if (choice.profile !== undefined) return { value: choice.profile, source: 'option' };
  const { OCI_CLI_PROFILE } = environment.env;
  if (OCI_CLI_PROFILE) return { value: OCI_CLI_PROFILE, source: 'OCI_CLI_PROFILE' };
  const rc = await readRcFile(choice, environment);
  const settings = rc && findSection(rc, 'OCI_CLI_SETTINGS');
  // Here alone nothing is inherited from `[DEFAULT]`.
  const value = settings && readEntries(rc, settings).find(({ key }) => key === 'default_profile')?.value;
  return value ? { value, source: rc.path } : { value: 'DEFAULT', source: 'default' };
}

/**
 * The way to authenticate, in Oracle's order: option, `OCI_CLI_AUTH`, the active profile's section of the rc file.
 * Undefined if none of them is set; Oracle's CLI then uses `api_key`.
 *
 * @param command as of `rcValue`
 * @throws OracleComputeError USAGE for a way that Oracle's CLI does not know
 */
export async function chooseAuth(
  choice: ProfileChoice,
  command: readonly string[],
  environment: ConfigEnvironment,
): Promise<ValueWithOrigin<AuthMode> | undefined> {
  const found = await findAuth(choice, command, environment);
  if (!found) return undefined;
  const value = AUTH_MODES.find((mode) => mode === found.value);
  if (value) return { ...found, value };
  const message = `${found.source} is ${JSON.stringify(found.value.slice(0, 40))}; it must be one of ${AUTH_MODES.join(', ')}`;
  throw new OracleComputeError('USAGE', message, {});
}

async function findAuth(choice: ProfileChoice, command: readonly string[], environment: ConfigEnvironment) {
  if (choice.auth !== undefined) return { value: choice.auth, source: 'option' };
  const { OCI_CLI_AUTH } = environment.env;
  if (OCI_CLI_AUTH) return { value: OCI_CLI_AUTH, source: 'OCI_CLI_AUTH' };
  const rc = await readRcFile(choice, environment);
  const values = rc && rcValues(rc, (await chooseProfileName(choice, environment)).value);
  const value = values && rcValue(values, 'auth', command, environment);
  return value ? { value, source: rc.path } : undefined;
}

/**
 * The selected profile, with the single values that Oracle's CLI takes from variables. If variables name a token and a
 * key, no profile is needed.
 *
 * @throws OracleComputeError PROFILE_NOT_FOUND, CONFIG_FILE_CORRUPT, FILE_UNREADABLE
 */
export async function chooseProfile(choice: ProfileChoice, environment: ConfigEnvironment): Promise<ConfigProfile> {
  const { env } = environment;
  const { value: path } = chooseConfigFile(choice, environment);
  const { value: name } = await chooseProfileName(choice, environment);
  const config = await readConfigText(path);
  if (config && findSection(config, name)) return withVariables(readProfile(config, name), env);
  const given = env.OCI_CLI_SECURITY_TOKEN_FILE && env.OCI_CLI_KEY_FILE;
  if (given) return withVariables({ name, path, values: new Map(), own: new Set() }, env);
  if (config) return readProfile(config, name);
  throw profileNotFound(name, path);
}

/** The selected session. @throws OracleComputeError PROFILE_NOT_A_SESSION, PROFILE_INCOMPLETE too */
export async function chooseSession(choice: ProfileChoice, environment: ConfigEnvironment): Promise<SessionProfile> {
  return sessionProfile(await chooseProfile(choice, environment), environment.home);
}

const NO_VALUES: ReadonlyMap<string, string> = new Map();

/**
 * The rc file, which holds defaults of Oracle's CLI: the one that an option names, else `~/.oci/oci_cli_rc`, else the one
 * that a variable names, else the older default. Skips a file that does not exist, as Oracle's CLI does. Undefined if none
 * exists.
 */
export async function readRcFile(
  { cliRcFile }: ProfileChoice,
  environment: ConfigEnvironment,
): Promise<ConfigText | undefined> {
  const { OCI_CLI_RC_FILE } = environment.env;
  // The usual file is the default of Oracle's option, so it hides the variable.
  const usual = '~/.oci/oci_cli_rc';
  for (const path of [cliRcFile ?? usual, OCI_CLI_RC_FILE, usual, '~/.oci/cli-defaults']) {
    const rc = path ? await readConfigText(pathOf(withEnvironment(path, environment), environment)) : undefined;
    if (rc) return rc;
  }
  return undefined;
}

/** The values of a section of the rc file, with those of `[DEFAULT]`. Empty if the section does not exist. */
export function rcValues(rc: ConfigText, section: string): ReadonlyMap<string, string> {
  return findSection(rc, section) ? readProfile(rc, section).values : NO_VALUES;
}

/**
 * A value of a profile's section of the rc file: `iam.region.list.output` overrides `iam.output`, and that overrides
 * `output`.
 *
 * @param command the words of the command that asks
 */
export function rcValue(
  values: ReadonlyMap<string, string>,
  name: string,
  command: readonly string[],
  environment: Pick<ConfigEnvironment, 'env'>,
): string | undefined {
  const prefixes = command.map((_, index) => command.slice(0, command.length - index));
  const value = [...prefixes, []].map((words) => values.get([...words, name].join('.'))).find(Boolean);
  return value === undefined ? undefined : withEnvironment(value, environment);
}

/** `$HOME/ca.pem` and `${HOME}/ca.pem`; a variable that is not set stays unexpanded. */
function withEnvironment(value: string, { env }: Pick<ConfigEnvironment, 'env'>): string {
  return value.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (written, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? written,
  );
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
