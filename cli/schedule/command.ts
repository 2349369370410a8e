import { resolve } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { findProxy } from '../../lib/http/proxy/find-proxy.js';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { secretFilePath } from '../../lib/secrets/password-file.js';
import { describeDuration, parseDuration } from '../../lib/session/duration.js';
import { COMPUTE_LIFETIMES, type Lifetimes, OCI_LIFETIMES } from '../../lib/session/lifetimes.js';
import type { StoreSettings } from '../../lib/store/open-remote-session.js';
import { checksum } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, type ComputeSettings, readSettings } from '../options/compute.js';
import { expandHome, variable } from '../options/general.js';
import {
  readStoreSettings,
  STORE_KEY_VARIABLE,
  STORE_PASSWORD_VARIABLE,
  type StoreOptions,
} from '../options/store/settings.js';
import { keptSession } from '../options/stored-session.js';
import type { ScheduledCommand } from './entry.js';

type Account = { readonly endpoint: string; readonly user: string };

/** Where the password for a login at the session's end comes from, and what there is to say about it. */
interface LoginSource {
  readonly flags: readonly string[];
  readonly environment: ReadonlyArray<readonly [string, string]>;
  readonly remark: string;
  /** False where the session will simply end. */
  readonly isThere: boolean;
}

/** The command that keeps a session of Oracle Compute alive, with the settings of the present line as its flags. */
export async function computeCommand(
  options: ComputeOptions,
  period: SchedulePeriod,
  context: Context,
): Promise<{ readonly command: ScheduledCommand; readonly keepsLoggingIn: boolean }> {
  const settings = await readSettings(options, context);
  const { account, store } = await keptSession(settings, context);
  const login = await loginSource(settings, account, context);
  const caBundle = options.caBundle ?? variable(context, 'CA_BUNDLE')?.value;
  const path = (given: string) => resolve(context.cwd, expandHome(given, context));
  const flags = [
    ...['refresh_token', '-q', ...renewalOptions(period, COMPUTE_LIFETIMES), ...login.flags],
    ...['-a', account.endpoint, '-u', account.user],
    ...(settings.cookieFile === undefined ? [] : ['--cookie-file', path(store.copyLocation ?? store.location)]),
    ...storeFlags(settings.store),
    ...(caBundle === undefined ? [] : ['--ca-bundle', path(caBundle)]),
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
    environment: [...login.environment, ...storeEnvironment(settings.store, path), ...proxy.environment],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
  return { command, keepsLoggingIn: login.isThere };
}

async function loginSource(settings: ComputeSettings, account: Account, context: Context): Promise<LoginSource> {
  const file = settings.passwordFile?.value;
  if (file !== undefined && file !== '-') {
    const path = secretFilePath(file, resolve(context.cwd, file));
    const remark = `At the session's end it logs in again, with the password in ${path}.`;
    return { flags: ['--reauthenticate', '-p', path], environment: [], remark, isThere: true };
  }
  const whyNot = await keychainObstacle(account, context);
  if (whyNot !== undefined) {
    const length = describeDuration(COMPUTE_LIFETIMES.session);
    const remark = `It ends ${length} after the login: there is no password file, and ${whyNot}.`;
    return { flags: [], environment: [], remark, isThere: false };
  }
  const bus = context.env.DBUS_SESSION_BUS_ADDRESS;
  return {
    flags: ['--reauthenticate'],
    environment: bus && context.platform === 'linux' ? [['DBUS_SESSION_BUS_ADDRESS', bus]] : [],
    remark: "At the session's end it logs in again, with the keychain: that answers while you are logged in to it.",
    isThere: true,
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

/** No scheduler has the variables of a proxy. One with a password in it is not written down for all to read. */
function proxySettings(endpoint: string, context: Context) {
  const url = new URL(endpoint);
  const proxy = findProxy(url, context.env);
  if (proxy === undefined) return { environment: [], remarks: [] };
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  if (!proxy.credentials) return { environment: [[name, proxy.origin] as const], remarks: [] };
  return { environment: [], remarks: [`The proxy has a password, so it is not written here: set ${name} yourself.`] };
}

/**
 * The command that keeps a session of OCI alive, up to the end of its 24 hours: nothing but a browser begins it anew.
 *
 * @throws OracleComputeError PROFILE_NAME_MALFORMED, and as `readStoreSettings`
 */
export async function ociCommand(
  options: StoreOptions & { readonly ociProfile: string; readonly configFile?: string },
  period: SchedulePeriod,
  context: Context,
): Promise<ScheduledCommand> {
  const profile = checkProfileName(options.ociProfile);
  const given = options.configFile ?? (context.env.OCI_CLI_CONFIG_FILE || undefined);
  const path = (text: string) => resolve(context.cwd, expandHome(text, context));
  const configFile = given === undefined ? undefined : path(given);
  const store = await readStoreSettings(options, context);
  // As a flag it would stand before OCI's own variable, and the store's authority need not be that of OCI.
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
      ...(options.caBundle === undefined ? [] : ['--ca-bundle', path(options.caBundle)]),
    ],
    environment: [
      ...storeEnvironment(store, path),
      ...(caBundle === undefined ? [] : [['OPC_CA_BUNDLE', path(caBundle)] as const]),
    ],
    everyMinutes: period.everyMinutes,
    spread: Number.parseInt(sum, 16),
  };
}

/** How often a session is looked after, and how much life a token may have left without being renewed. */
export interface SchedulePeriod {
  readonly everyMinutes: number;
  /** As given on the line; undefined where the period decides. */
  readonly minValid: string | undefined;
}

const MINUTE = 60_000;
const DEFAULT_EVERY = '10m';

/**
 * Reads `--every`: whole minutes, which is what all schedulers know, and less than half of a token's life, so that one
 * missed run does no harm.
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
    throw new OracleComputeError('DURATION_MALFORMED', `--every ${given.slice(0, 40)} is of no use: ${why}`, {
      given: given.slice(0, 40),
    });
  };
  if (every < MINUTE || every % MINUTE !== 0) refuse('schedulers count in whole minutes');
  if (every * 2 >= lifetimes.token) {
    refuse(`after one missed run the token would be dead; less than ${describeDuration(lifetimes.token / 2)}`);
  }
  if (options.minValid !== undefined) parseDuration(options.minValid);
  return { everyMinutes: every / MINUTE, minValid: options.minValid };
}

/**
 * When a run renews the token: at half of its life, and sooner where it would not outlast two more periods, the second
 * because one run may be missed.
 */
export function renewalOptions({ everyMinutes, minValid }: SchedulePeriod, lifetimes: Lifetimes): string[] {
  const minutes = Math.max(lifetimes.token / 2 / MINUTE, 2 * everyMinutes + 1);
  return ['--min-valid', minValid ?? `${minutes}m`];
}

/** The store of the present line, as flags of an entry. */
export function storeFlags(store: StoreSettings | undefined): readonly string[] {
  return store ? ['--store', store.address.text] : [];
}

/**
 * What has no flag: the files of a store.
 *
 * @param path makes a path absolute
 */
export function storeEnvironment(
  store: StoreSettings | undefined,
  path: (given: string) => string,
): ReadonlyArray<readonly [string, string]> {
  if (!store) return [];
  const password = store.passwordFile;
  return [
    [STORE_KEY_VARIABLE, secretFilePath(store.keyFile, path(store.keyFile))],
    ...(password === undefined ? [] : [[STORE_PASSWORD_VARIABLE, secretFilePath(password, path(password))] as const]),
  ];
}
