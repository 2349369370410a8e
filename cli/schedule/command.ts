import { resolve } from 'node:path';
import { describeDuration, parseDuration } from '../../lib/clock.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import {
  COMPUTE_LIFETIMES,
  findProxy,
  type Lifetimes,
  openSession,
  type SessionStoreOptions,
  secretFilePath,
} from '../../lib/index.js';
import { checkProfileName, chooseSession, OCI_LIFETIMES } from '../../lib/oci/index.js';
import { checksum } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import type { ComputeOptions } from '../flags/compute.js';
import { STORE_KEY_VARIABLE, STORE_PASSWORD_VARIABLE, type StoreOptions } from '../flags/general.js';
import { readSelection } from '../settings/compute.js';
import { expandHome, readStoreOptions, variable } from '../settings/general.js';
import type { ScheduledCommand } from './entry.js';

/** How often the command runs, and how long a token must still be valid not to be renewed. */
interface SchedulePeriod {
  readonly everyMinutes: number;
  /** As given on the command line; undefined if the period decides. */
  readonly minValid: string | undefined;
}

const MINUTE = 60_000;
const DEFAULT_EVERY = '10m';

/**
 * Reads `--every`: whole minutes, because all schedulers support these, and less than half of a token's life, so that
 * one run may be missed.
 *
 * @throws OracleComputeError DURATION_MALFORMED
 */
export function readPeriod(
  options: { readonly every?: string; readonly minValid?: string },
  lifetimes: Lifetimes,
): SchedulePeriod {
  const given = options.every ?? DEFAULT_EVERY;
  const every = parseDuration(given);
  const refuse = (why: string) => {
    throw new OracleComputeError('DURATION_MALFORMED', `--every ${given.slice(0, 40)} is not possible: ${why}`, {
      given: given.slice(0, 40),
    });
  };
  if (every < MINUTE || every % MINUTE !== 0) refuse('schedulers count in whole minutes');
  if (every * 2 >= lifetimes.token) {
    refuse(`it must be less than ${describeDuration(lifetimes.token / 2)}, or the token expires after one missed run`);
  }
  if (options.minValid !== undefined) parseDuration(options.minValid);
  return { everyMinutes: every / MINUTE, minValid: options.minValid };
}

/**
 * A run renews the token at half of its life, or sooner if it would expire within two more periods: one run may be
 * missed.
 */
function renewalOptions({ everyMinutes, minValid }: SchedulePeriod, lifetimes: Lifetimes): string[] {
  const minutes = Math.max(lifetimes.token / 2 / MINUTE, 2 * everyMinutes + 1);
  return ['--min-valid', minValid ?? `${minutes}m`];
}

type Account = { readonly endpoint: string; readonly user: string };

/** The source of the password for a login at the session's end. */
interface LoginSource {
  readonly flags: readonly string[];
  readonly environment: ScheduledCommand['environment'];
  readonly remark: string;
  /** False if the session ends without a new login. */
  readonly isAvailable: boolean;
}

/** The command that keeps a session of Oracle Compute alive, with the settings of this command line as its flags. */
export async function computeCommand(
  options: ComputeOptions,
  period: SchedulePeriod,
  context: Context,
): Promise<{ readonly command: ScheduledCommand; readonly keepsLoggingIn: boolean }> {
  const { selection, passwordFile } = await readSelection(options, context);
  const account = await openSession({ ...selection, token: undefined, store: undefined });
  const login = await loginSource(passwordFile?.value, account, context);
  const caBundle = options.caBundle ?? variable(context, 'CA_BUNDLE')?.value;
  const flags = [
    ...['refresh_token', '-q', ...renewalOptions(period, COMPUTE_LIFETIMES), ...login.flags],
    ...['-a', account.endpoint, '-u', account.user],
    ...(selection.cookiesFile === undefined ? [] : ['--cookie-file', absolutePath(selection.cookiesFile, context)]),
    ...storeFlags(selection.store),
    ...(caBundle === undefined ? [] : ['--ca-bundle', absolutePath(caBundle, context)]),
    ...(options.allowHttp ? ['--allow-http'] : []),
    ...(options.timeout === undefined ? [] : ['--timeout', options.timeout]),
  ];
  const proxy = proxySettings(account.endpoint, context);
  const sum = checksum(`${account.endpoint} ${account.user}`);
  const command: ScheduledCommand = {
    name: `oracle-compute-${sum}`,
    purpose: `Keeps the session of ${account.user} at ${account.endpoint} alive.`,
    remarks: [login.remark, ...proxy.remarks],
    words: [...context.self, ...flags],
    usesKeychain: login.isAvailable && !login.flags.includes('-p'),
    environment: [...login.environment, ...storeEnvironment(selection.store, context), ...proxy.environment],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
  return { command, keepsLoggingIn: login.isAvailable };
}

async function loginSource(file: string | undefined, account: Account, context: Context): Promise<LoginSource> {
  if (file !== undefined && file !== '-') {
    const path = secretFilePath(file, resolve(context.cwd, file));
    const remark = `At the session's end it logs in again, with the password in ${path}.`;
    return { flags: ['--reauthenticate', '-p', path], environment: [], remark, isAvailable: true };
  }
  const obstacle = await keychainObstacle(account, context);
  if (obstacle !== undefined) {
    const length = describeDuration(COMPUTE_LIFETIMES.session);
    const remark = `It ends ${length} after the login: no password file, and ${obstacle}.`;
    return { flags: [], environment: [], remark, isAvailable: false };
  }
  const bus = context.env.DBUS_SESSION_BUS_ADDRESS;
  return {
    flags: ['--reauthenticate'],
    environment: bus && context.platform === 'linux' ? [['DBUS_SESSION_BUS_ADDRESS', bus]] : [],
    remark: "At the session's end it logs in again, with the keychain, which must be unlocked then.",
    isAvailable: true,
  };
}

async function keychainObstacle(account: Account, context: Context): Promise<string | undefined> {
  try {
    return (await context.keychain.get(account)) === undefined
      ? 'the keychain has no password, or is locked'
      : undefined;
  } catch (error) {
    if (isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE', 'KEYCHAIN_NO_ANSWER')) return error.message;
    throw error;
  }
}

/** No scheduler sets the variables of a proxy. A proxy's password is not written to an entry, which others may read. */
function proxySettings(endpoint: string, context: Context) {
  const url = new URL(endpoint);
  const proxy = findProxy(url, context.env);
  if (proxy === undefined) return { environment: [], remarks: [] };
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  if (!proxy.credentials) return { environment: [[name, proxy.origin] as const], remarks: [] };
  return { environment: [], remarks: [`The proxy has a password, so it is not written here: set ${name} yourself.`] };
}

/**
 * The command that keeps a session of OCI alive until its end after 24 hours. Only a browser can start a new one.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED, and as `readStoreOptions`
 */
export async function ociCommand(
  options: StoreOptions & { readonly ociProfile: string; readonly configFile?: string },
  period: SchedulePeriod,
  context: Context,
): Promise<ScheduledCommand> {
  const profile = checkProfileName(options.ociProfile);
  // An entry for a profile that does not exist would fail at night.
  await chooseSession({ profile, configFile: options.configFile }, context);
  const given = options.configFile ?? (context.env.OCI_CLI_CONFIG_FILE || undefined);
  const configFile = given === undefined ? undefined : absolutePath(given, context);
  const store = await readStoreOptions(options, context);
  // A flag would override OCI's own variable, and the store's authority need not be that of OCI.
  const caBundle = variable(context, 'CA_BUNDLE')?.value;
  const sum = checksum(`${configFile ?? ''} ${profile}`);
  return {
    name: `oci-session-${sum}`,
    purpose: `Keeps the OCI session of the profile ${profile} alive.`,
    remarks: [`It ends ${describeDuration(OCI_LIFETIMES.session)} after the login in the browser.`],
    words: [
      ...context.self,
      ...['session', 'refresh', '-q', ...renewalOptions(period, OCI_LIFETIMES), '--profile', profile],
      ...(configFile === undefined ? [] : ['--config-file', configFile]),
      ...storeFlags(store),
      ...(options.caBundle === undefined ? [] : ['--ca-bundle', absolutePath(options.caBundle, context)]),
    ],
    environment: [
      ...storeEnvironment(store, context),
      ...(caBundle === undefined ? [] : [['OPC_CA_BUNDLE', absolutePath(caBundle, context)] as const]),
    ],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
}

/** The store of this command line, as flags of an entry. */
function storeFlags(store: SessionStoreOptions | undefined): readonly string[] {
  return store ? ['--store', store.url] : [];
}

/** The files of a store, which no flag names. */
function storeEnvironment(store: SessionStoreOptions | undefined, context: Context): ScheduledCommand['environment'] {
  if (!store) return [];
  const file = (given: string) => secretFilePath(given, absolutePath(given, context));
  const password = store.passwordFile;
  return [
    [STORE_KEY_VARIABLE, file(store.keyFile)],
    ...(password === undefined ? [] : [[STORE_PASSWORD_VARIABLE, file(password)] as const]),
  ];
}

function absolutePath(given: string, context: Context): string {
  return resolve(context.cwd, expandHome(given, context));
}
