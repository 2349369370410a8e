import { parseAccountName, parseEndpoint } from '../compute/account.js';
import type { StoredSession } from '../compute/stored-session.js';
import { type EnvironmentOptions, environmentFrom, NODE_VERSION } from '../environment.js';
import { ownUserId } from '../files/owner.js';
import type { Keychain, KeychainAccount } from '../secrets/keychain.js';
import { type SessionStoreOptions, storeSettings } from '../store/address.js';
import type { ValueWithOrigin } from '../text.js';
import { type Check, note, pass, runCheck } from './check.js';
import { checkCookie, checkKeychain, checkNetwork, checkNode, checkVariables } from './environment.js';
import {
  checkCookiesFiles,
  checkFolders,
  checkOciSessions,
  checkPasswordFile,
  checkProfileFile,
  checkTrust,
} from './files.js';
import { checkLeftovers } from './leftovers.js';
import { checkSchedule } from './schedule.js';
import { checkStore } from './store.js';
import type { ReadAccess } from './windows-access.js';

/** The settings to check, each with its source. */
export interface DiagnoseOptions extends EnvironmentOptions {
  readonly endpoint?: ValueWithOrigin<string>;
  readonly user?: ValueWithOrigin<string>;
  /** `-`: the user is asked. */
  readonly passwordFile?: ValueWithOrigin<string>;
  readonly cookiesFile?: string;
  /** A token as in `OPC_COOKIE`. */
  readonly token?: ValueWithOrigin<string>;
  /** The profile file of Oracle Compute, which must exist if it is named. */
  readonly profileFile?: () => Promise<{ readonly path: string; readonly isNamed: boolean }>;
  /** What `crontab -l` prints; undefined if it fails. */
  readonly crontab?: () => Promise<string | undefined>;
  /** Access control lists of Windows. */
  readonly access?: ReadAccess;
  readonly keychain: Keychain;
  /** The store that hosts share sessions in. What a function throws is a failed check. */
  readonly store?: SessionStoreOptions | (() => Promise<SessionStoreOptions | undefined>);
  /** Default: the version of this process. */
  readonly nodeVersion?: string;
}

/**
 * Checks everything that the library depends on: one result for each thing, in an order for people. Changes nothing, shows
 * no secret, and sends the service one request without a token.
 */
export async function diagnose(options: DiagnoseOptions): Promise<readonly Check[]> {
  const environment = environmentFrom(options);
  const outside = { ...environment, uid: ownUserId() };
  const { profileFile, cookiesFile, token, passwordFile, keychain, nodeVersion = NODE_VERSION } = options;
  const profile = profileFile
    ? await runCheck('profile', async () => checkProfileFile(await profileFile(), outside))
    : [];
  const cookies = await checkCookiesFiles(cookiesFile, outside);
  const endpoint = await readValue('endpoint', options.endpoint, parseEndpoint);
  const user = await readValue('user', options.user, parseAccountName);
  const stored = storedSession(cookies.sessions, endpoint.value, user.value);
  const selected = { endpoint: endpoint.value ?? stored?.endpoint, user: user.value ?? stored?.user };
  const account = isComplete(selected) ? selected : undefined;
  const [network, keychainChecks] = await Promise.all([
    checkNetwork(selected.endpoint, outside),
    runCheck('keychain', () => checkKeychain(account, passwordFile !== undefined, keychain)),
  ]);
  const store = await runCheck('store', async () => {
    const given = typeof options.store === 'function' ? await options.store() : options.store;
    return given ? checkStore(storeSettings(given, environment.env), account, outside) : [];
  });
  return [
    checkNode(nodeVersion),
    ...checkVariables(outside),
    ...profile,
    ...endpoint.checks,
    ...user.checks,
    ...(await runCheck('cookie', () => checkCookie(token, { ...selected, cookiesFile }, stored, outside))),
    ...(await checkFolders(outside, options.access)),
    ...(await checkTrust(outside)),
    ...cookies.checks,
    ...(await checkLeftovers(cookiesFile, outside)),
    ...(await runCheck('password', () => checkPasswordFile(passwordFile, outside))),
    ...(await runCheck('oci', () => checkOciSessions(outside))),
    ...(await runCheck('schedule', async () => checkSchedule(await options.crontab?.(), outside))),
    ...keychainChecks,
    ...network,
    ...store,
  ];
}

function isComplete(account: Partial<KeychainAccount>): account is KeychainAccount {
  return account.endpoint !== undefined && account.user !== undefined;
}

/**
 * Checks a store that hosts share sessions in: the way to it, what this host may do there, the keys, and the session of
 * one account. Changes nothing that anybody uses.
 *
 * @throws OracleComputeError STORE_ADDRESS_MALFORMED, STORE_ADDRESS_INSECURE
 */
export async function inspectStore(
  store: SessionStoreOptions,
  options: EnvironmentOptions & { readonly account?: KeychainAccount } = {},
): Promise<readonly Check[]> {
  const outside = { ...environmentFrom(options), uid: ownUserId() };
  return checkStore(storeSettings(store, outside.env), options.account, outside);
}

/** The session that the other commands would use; undefined if none or several fit. */
function storedSession(
  sessions: readonly StoredSession[],
  endpoint?: string,
  user?: string,
): StoredSession | undefined {
  const fitting = sessions.filter(
    (session) => (endpoint ?? session.endpoint) === session.endpoint && (user ?? session.user) === session.user,
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

async function readValue(
  name: string,
  given: ValueWithOrigin<string> | undefined,
  parse: (text: string) => string,
): Promise<{ value?: string; checks: readonly Check[] }> {
  if (!given) return { checks: [note(name, 'not set')] };
  let value: string | undefined;
  const checks = await runCheck(name, async () => {
    value = parse(given.value);
    return pass(name, `${value}, from ${given.source}`);
  });
  return { value, checks };
}
