import { resolve } from 'node:path';
import { isOracleComputeError } from '../../lib/errors.js';
import { findProxy } from '../../lib/http/proxy.js';
import { secretFilePath } from '../../lib/secrets/password-file.js';
import { describeDuration } from '../../lib/session/duration.js';
import { COMPUTE_LIFETIMES } from '../../lib/session/lifetimes.js';
import { checksum } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, type ComputeSettings, readSettings } from '../options/compute.js';
import { expandHome, variable } from '../options/general.js';
import { openSession } from '../options/stored-session.js';
import type { ScheduledCommand } from './entry.js';
import { renewalOptions, type SchedulePeriod } from './period.js';
import { storeEnvironment, storeFlags } from './store-settings.js';

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
  const session = await openSession({ ...settings, cookie: undefined }, options, context);
  const account = { endpoint: session.endpoint, user: session.user };
  const login = await loginSource(settings, account, context);
  const caBundle = options.caBundle ?? variable(context, 'CA_BUNDLE')?.value;
  const path = (given: string) => resolve(context.cwd, expandHome(given, context));
  const flags = [
    ...['refresh_token', '-q', ...renewalOptions(period, COMPUTE_LIFETIMES), ...login.flags],
    ...['-a', account.endpoint, '-u', account.user],
    ...(settings.cookieFile === undefined ? [] : ['--cookie-file', path(session.cookiesFile ?? settings.cookieFile)]),
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
