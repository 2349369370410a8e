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

/** The options of the commands that talk to Oracle Compute. */
export interface ComputeOptions extends StoreOptions {
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
      }),
  );
}

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
 * @param readProfile reads the profile file; called only if flags and environment lack a value
 */
export async function findSettings(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
  readProfile: (path: string) => Promise<ComputeProfile> = (path) => readProfileFile(path, readerOf(context)),
): Promise<GivenSettings> {
  const onLine = (value: string | undefined) =>
    value === undefined ? undefined : { value, source: 'the command line' };
  const find = async (
    flag: string | undefined,
    name: string,
    fromProfile: (profile: ComputeProfile) => string | undefined,
  ) => {
    const found = onLine(flag) ?? variable(context, name);
    if (found) return found;
    const path = profilePath(context);
    const value = fromProfile(await profile());
    return value === undefined ? undefined : { value, source: path };
  };
  let loaded: Promise<ComputeProfile> | undefined;
  const profile = () => {
    loaded ??= readProfile(profilePath(context));
    return loaded;
  };
  return {
    endpoint: await find(options.address, 'API', ({ endpoint }) => endpoint),
    user: await find(argument ?? options.user, 'USER', ({ user }) => user),
    passwordFile: await find(options.pass, 'PASSWORD_FILE', ({ passwordFile }) => passwordFile),
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

/** The profile file that counts here: `OPC_PROFILE_FILE`, else `~/.opc/profiles/default`. */
export function profilePath(context: Context): string {
  const given = context.env.OPC_PROFILE_FILE;
  return given ? expandHome(given, context) : join(context.home, '.opc', 'profiles', 'default');
}

/** The error for a value that was found nowhere. */
export function missing(name: 'endpoint' | 'user'): OracleComputeError<'MISSING_VALUE'> {
  const what = name === 'endpoint' ? 'the address of the service' : 'the user';
  return new OracleComputeError('MISSING_VALUE', `${what} is not given`, { name });
}
