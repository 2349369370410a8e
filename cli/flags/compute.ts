import { join } from 'node:path';
import { type ComputeProfile, parseAccountName, parseEndpoint, readProfileFile } from '../../lib/compute/account.js';
import { parseCookieVariable } from '../../lib/compute/token/token.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { StoreSettings } from '../../lib/store/open-remote-session.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import type { CommandHelp } from '../parser/command.js';
import type { OptionList } from '../parser/known-options.js';
import { expandHome, readerOf, variable, withGeneralOptions } from './general.js';
import { readStoreSettings, STORE_ENVIRONMENT, type StoreOptions } from './store.js';

export interface ProfileOptions {
  readonly profile?: string;
  readonly profileDirectory?: string;
}

/** The options of the commands that talk to Oracle Compute. */
export interface ComputeOptions extends StoreOptions, ProfileOptions {
  readonly address?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly cookieFile?: string;
}

export function withComputeOptions(list: OptionList): OptionList {
  return withGeneralOptions(
    list
      .option('address', { alias: 'a', type: 'string', describe: 'Address of the service (OPC_API)' })
      .option('user', { alias: 'u', type: 'string', describe: 'User, /customer/name (OPC_USER)' })
      .option('pass', { alias: 'p', type: 'string', describe: 'Password file, or - to be asked (OPC_PASSWORD_FILE)' })
      .option('cookie-file', {
        type: 'string',
        describe: 'Cookies file to use instead of the default one (OPC_COOKIE_FILE)',
      })
      .options(PROFILE_FLAGS),
  );
}

/** The options that choose a profile. */
export const PROFILE_FLAGS = {
  profile: { type: 'string', describe: 'Profile with address, user and password file (OPC_PROFILE)' },
  'profile-directory': { type: 'string', describe: 'Folder of the profiles (OPC_PROFILE_DIRECTORY)' },
} as const;

/** For the help: the variables of a command that uses a session and logs in if it must. */
export const SESSION_ENVIRONMENT: CommandHelp['environment'] = [
  ['OPC_COOKIE', 'token that overrides the stored session, unless it belongs to it'],
  ['OPC_API', 'address of the service'],
  ['OPC_USER', 'user, /customer/name'],
  ['OPC_PASSWORD_FILE', 'password file, for a session that is over'],
  ['OPC_COOKIE_FILE', 'cookies file'],
  ...STORE_ENVIRONMENT,
];

/** The source of each value of a line: flag or argument, then the environment, then the profile file. */
export interface ComputeSettings {
  readonly endpoint: ValueWithOrigin<string> | undefined;
  readonly user: ValueWithOrigin<string> | undefined;
  readonly passwordFile: ValueWithOrigin<string> | undefined;
  readonly cookieFile: string | undefined;
  /** The token in `OPC_COOKIE`, or that of a jar in place of a cookies file. See `followToken`. */
  readonly cookie: ValueWithOrigin<string> | undefined;
  /** The store that hosts share the session in. */
  readonly store: StoreSettings | undefined;
}

/** The source of each value, with its text unchecked. */
export type GivenSettings = {
  readonly [K in Exclude<keyof ComputeSettings, 'store'>]: ValueWithOrigin<string> | undefined;
};

/**
 * Finds each value without checking it.
 *
 * @param readProfile reads the profile file; called only if flags and environment lack a value, or if a profile is named
 */
export async function findSettings(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
  readProfile: (path: string, mustExist: boolean) => Promise<ComputeProfile> = (path, mustExist) =>
    readProfileFile(path, readerOf(context), mustExist),
): Promise<GivenSettings> {
  const onLine = (value: string | undefined) =>
    value === undefined ? undefined : { value, source: 'the command line' };
  const { path, isNamed } = await chosenProfile(options, context);
  let loaded: Promise<ComputeProfile> | undefined;
  const profile = () => {
    loaded ??= readProfile(path, isNamed);
    return loaded;
  };
  if (isNamed) await profile();
  const find = async (flag: string | undefined, name: string, key: keyof ComputeProfile) => {
    const found = onLine(flag) ?? variable(context, name);
    if (found) return found;
    const value = (await profile())[key];
    return value === undefined ? undefined : { value, source: path };
  };
  return {
    endpoint: await find(options.address, 'API', 'endpoint'),
    user: await find(argument ?? options.user, 'USER', 'user'),
    passwordFile: await find(options.pass, 'PASSWORD_FILE', 'passwordFile'),
    cookieFile: onLine(options.cookieFile) ?? variable(context, 'COOKIE_FILE'),
    cookie: variable(context, 'COOKIE'),
  };
}

/**
 * @param argument the user name given as an argument rather than a flag
 * @throws OracleComputeError ADDRESS_MALFORMED, ACCOUNT_MALFORMED, COOKIE_MALFORMED, PROFILE_FILE_MALFORMED,
 *   and as `readStoreSettings`
 */
export async function readSettings(
  options: ComputeOptions,
  context: Context,
  argument?: string,
): Promise<ComputeSettings> {
  const { endpoint, user, passwordFile, cookieFile, cookie } = await findSettings(options, context, argument);
  const origin = endpoint && parseEndpoint(endpoint.value);
  const cookiesFile = cookieFile && expandHome(cookieFile.value, context);
  const jar =
    cookie || cookiesFile === undefined ? undefined : await tokenInJar(cookiesFile, origin, context.clock.now());
  return {
    endpoint: endpoint && { ...endpoint, value: origin ?? '' },
    user: user && { ...user, value: parseAccountName(user.value) },
    passwordFile: passwordFile && { ...passwordFile, value: expandHome(passwordFile.value, context) },
    cookieFile: cookiesFile,
    cookie: cookie ? { ...cookie, value: parseCookieVariable(cookie.value, cookie.source) } : jar,
    store: await readStoreSettings(options, context),
  };
}

/** A jar that curl keeps is read like a token in `OPC_COOKIE`, and never written. */
async function tokenInJar(
  path: string,
  origin: string | undefined,
  now: number,
): Promise<ValueWithOrigin<string> | undefined> {
  const { readNetscapeJar } = await import('../../lib/compute/cookies/netscape-jar.js');
  const token = await readNetscapeJar(path, origin, now);
  return token === undefined ? undefined : { value: parseCookieVariable(token, path), source: path };
}

/** The settings without a jar that the token comes from: it is no cookies file. */
export function besidesJar(settings: ComputeSettings): ComputeSettings {
  const { cookie, cookieFile } = settings;
  return cookie && cookie.source === cookieFile ? { ...settings, cookieFile: undefined } : settings;
}

/** The profile file that counts, and whether it was named: a named one must exist. */
export interface ChosenProfile {
  readonly path: string;
  readonly isNamed: boolean;
}

/**
 * The profile of `--profile` and `--profile-directory`, else the file of OPC_PROFILE_FILE, else OPC_PROFILE and
 * OPC_PROFILE_DIRECTORY, else ~/.opc/profiles/default.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED
 */
export async function chosenProfile(options: ProfileOptions, context: Context): Promise<ChosenProfile> {
  const { OPC_PROFILE_FILE: file, OPC_PROFILE } = context.env;
  const isOnLine = options.profile !== undefined || options.profileDirectory !== undefined;
  if (file && !isOnLine) return { path: expandHome(file, context), isNamed: false };
  const name = options.profile ?? (OPC_PROFILE || undefined);
  const folder = profileFolder(options, context);
  if (name === undefined) return { path: join(folder, 'default'), isNamed: false };
  const { profileFile } = await import('../../lib/compute/profiles.js');
  return { path: profileFile(folder, name), isNamed: true };
}

/** The folder of the named profiles. */
export function profileFolder({ profileDirectory }: ProfileOptions, context: Context): string {
  const given = profileDirectory ?? context.env.OPC_PROFILE_DIRECTORY;
  return given ? expandHome(given, context) : join(context.home, '.opc', 'profiles');
}

/** The error for a value that was found nowhere. */
export function missing(name: 'endpoint' | 'user'): OracleComputeError<'MISSING_VALUE'> {
  const what = name === 'endpoint' ? 'the address of the service' : 'the user';
  return new OracleComputeError('MISSING_VALUE', `${what} is not given`, { name });
}
