import { type Environment, type EnvironmentOptions, environmentFrom } from '../environment.js';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { ownUserId } from '../files/owner.js';
import { temporariesOf } from '../files/private-file.js';
import type { KeychainAccount } from '../secrets/keychain.js';
import { readPasswordFile } from '../secrets/password-file.js';
import { expiresAfter } from '../session/lifetimes.js';
import type { LoginReason } from '../session/renew.js';
import { endSession, memoryStore } from '../session/store.js';
import { type SessionStoreOptions, storeSettings } from '../store/address.js';
import type { ValueWithOrigin } from '../text.js';
import { parseAccountName, parseEndpoint } from './account.js';
import { listCookiesFiles, listStoredFiles } from './cookies/cookies-file-store.js';
import { findStore, findSession as findStored, type SessionEnvironment, storeAt } from './find-session.js';
import { ComputeSession, type SessionParts, type SessionStatus, statusOf } from './session.js';
import { type ComputeStore, type StoredSession, serviceTime } from './stored-session.js';
import { findEnvSession, findOwnerOfToken, sessionFromToken } from './token/env-session.js';
import { parseCookieVariable } from './token/token.js';

/** Which session: what is not given is taken from the only stored session that fits. */
export interface SessionSelection extends EnvironmentOptions {
  /** `https://host[:port]`; the scheme and the last slash may be missing. */
  readonly endpoint?: string;
  /** `/customer/name`, e.g. `/Compute-acme/jack.jones@example.com`. */
  readonly user?: string;
  /** The file that stores the session; default: the commands' own, below `~/.opc/cookies/`. A curl jar is only read. */
  readonly cookiesFile?: string;
  /**
   * A token as in `OPC_COOKIE`. If it belongs to a stored session, that one is used, which has the same token or a newer
   * one; if not, it overrides what is stored, and is stored nowhere.
   */
  readonly token?: ValueWithOrigin<string>;
  /** Chooses among stored sessions if several fit. If not given, that is an error. */
  readonly chooseSession?: (sessions: readonly KeychainAccount[]) => Promise<KeychainAccount>;
  /** Gets the source of a token that is an earlier one of a stored session. */
  readonly onEarlierToken?: (source: string) => void;
  /** A server for shared sessions; the cookies file is this host's copy then. */
  readonly store?: SessionStoreOptions;
}

export interface OpenSessionOptions extends SessionSelection {
  /** A file that only its owner can read. Without it and `password`, a session that is over stays over. */
  readonly passwordFile?: string;
  /** The password itself, or a function that gets it when it is needed. Overrides `passwordFile`. */
  readonly password?: string | ((reason: LoginReason, account: KeychainAccount) => Password | Promise<Password>);
  /** For `login` only: a session of exactly this user at this endpoint, whatever token or jar there is. */
  readonly isNew?: boolean;
  /** Keeps the session in the memory of this process only. */
  readonly inMemory?: boolean;
  /** Milliseconds to wait for another process that uses the session; default 30 000. */
  readonly lockTimeout?: number;
  /** Called once if another process makes this one wait. */
  readonly onWait?: () => void;
  /** Gets the error if a newer token that an answer brought could not be stored. The request itself succeeds. */
  readonly onLostToken?: (error: OracleComputeError) => void;
}

/** Undefined: no new session begins. */
type Password = string | undefined;

const LOCK_TIMEOUT = 30_000;

/**
 * Opens the session of a user at an endpoint, stored or yet to begin. If one of the two is missing, opens the only
 * stored session that fits. Sends nothing until the session is used.
 *
 * @throws OracleComputeError ADDRESS_MALFORMED, ACCOUNT_MALFORMED, COOKIE_MALFORMED, STORE_ADDRESS_MALFORMED,
 *   STORE_ADDRESS_INSECURE; MISSING_VALUE if no stored session fits, or several do
 */
export async function openSession(options: OpenSessionOptions = {}): Promise<ComputeSession> {
  const session = await findSession(options);
  if (session) return session;
  throw missingValue(options.endpoint === undefined ? 'endpoint' : 'user');
}

/** As `openSession`; undefined if no stored session fits. */
export async function findSession(options: OpenSessionOptions = {}): Promise<ComputeSession | undefined> {
  return withChoice(options, findOnly);
}

/** Runs `work`. If several sessions fit, and the caller can choose, runs it again with the chosen one. */
async function withChoice<O extends SessionSelection, T>(options: O, work: (options: O) => Promise<T>): Promise<T> {
  try {
    return await work(options);
  } catch (error) {
    const sessions = isOracleComputeError(error, 'MISSING_VALUE') ? error.fields.sessions : undefined;
    if (!sessions || !options.chooseSession) throw error;
    return work({ ...options, ...(await options.chooseSession(sessions)) });
  }
}

async function findOnly(options: OpenSessionOptions): Promise<ComputeSession | undefined> {
  const selected = await select(options);
  const { environment, place, token, wanted } = selected;
  const { clock, http, signal } = environment;
  const parts = (account: KeychainAccount) => ({
    ...account,
    http,
    clock,
    signal,
    password: passwordOf(options, account, signal),
    wait: options.lockTimeout ?? LOCK_TIMEOUT,
    onWait: options.onWait,
    onLostToken: options.onLostToken,
  });
  if (token) {
    const unstored = await findEnvSession(token.value, wanted, place);
    if (!unstored) throw missingValue('endpoint');
    const account = { endpoint: unstored.endpoint, user: unstored.user || (wanted.user ?? '') };
    return new ComputeSession({ ...parts(account), store: memoryStore(token.source, unstored), unstored });
  }
  if (options.inMemory && wanted.endpoint !== undefined && wanted.user !== undefined) {
    const account = { endpoint: wanted.endpoint, user: wanted.user };
    return new ComputeSession({ ...parts(account), store: memoryStore<StoredSession>('memory', undefined) });
  }
  const found = await findStored(wanted, place);
  if (!found) return undefined;
  return new ComputeSession({
    ...parts(found.account),
    ...(await shared(found.store, found.account, options, selected)),
  });
}

function passwordOf(
  { password, passwordFile }: OpenSessionOptions,
  account: KeychainAccount,
  signal: AbortSignal | undefined,
): SessionParts['password'] {
  if (typeof password === 'function') return async (reason) => password(reason, account);
  if (password !== undefined) return async () => password;
  if (passwordFile === undefined) return undefined;
  return () => readPasswordFile(passwordFile, { uid: ownUserId(), signal });
}

interface Selected {
  readonly environment: Environment;
  readonly place: SessionEnvironment;
  /** The token that overrides what is stored: given, or that of a curl jar. */
  readonly token: ValueWithOrigin<string> | undefined;
  readonly wanted: {
    readonly endpoint: string | undefined;
    readonly user: string | undefined;
    readonly cookiesFile: string | undefined;
  };
}

async function select(options: OpenSessionOptions): Promise<Selected> {
  const environment = environmentFrom(options);
  const { clock } = environment;
  const { cookiesFile, isNew, token: given } = options;
  const endpoint = options.endpoint === undefined ? undefined : parseEndpoint(options.endpoint);
  const user = options.user === undefined ? undefined : parseAccountName(options.user);
  const place = {
    get home() {
      return environment.home;
    },
    owner: { uid: ownUserId() },
    clock,
  };
  const isJarRead = !isNew && !given && cookiesFile !== undefined;
  const jar = isJarRead ? await tokenInJar(cookiesFile, endpoint, clock.now()) : undefined;
  const token = given && !isNew ? { ...given, value: parseCookieVariable(given.value, given.source) } : jar;
  // A jar that a token comes from is no cookies file.
  const wanted = { endpoint, user, cookiesFile: jar ? undefined : cookiesFile };
  const owner = token && (await findOwnerOfToken(token.value, token.source, wanted, place));
  if (!token || !owner) return { environment, place, token, wanted };
  const { session, store } = owner;
  if (session.token !== token.value) options.onEarlierToken?.(token.source);
  const followed = { endpoint: session.endpoint, user: session.user, cookiesFile: store.location };
  return { environment, place, token: undefined, wanted: followed };
}

/** A jar that curl keeps is read like a token in `OPC_COOKIE`, and never written. */
async function tokenInJar(
  path: string,
  origin: string | undefined,
  now: number,
): Promise<ValueWithOrigin<string> | undefined> {
  const { readNetscapeJar } = await import('./cookies/netscape-jar.js');
  const token = await readNetscapeJar(path, origin, now);
  return token === undefined ? undefined : { value: parseCookieVariable(token, path), source: path };
}

/** Puts the store that hosts share, if one is given, behind a cookies file, which is this host's copy then. */
async function shared(
  copy: ComputeStore,
  account: KeychainAccount,
  { store, certificateAuthorities }: SessionSelection,
  { environment, place }: Selected,
): Promise<Pick<SessionParts, 'store' | 'sharing'>> {
  if (!store) return { store: copy };
  const { clock, env, signal } = environment;
  const { sharedSessionStore, sharing } = await import('./shared-session.js');
  const settings = storeSettings(store, env, certificateAuthorities);
  const behind = sharedSessionStore(copy, account, settings, { clock, owner: place.owner, signal });
  return { store: behind, sharing: sharing(behind, store.waitForSession) };
}

/**
 * The state of the selected session, from its files alone; of a shared one from the store too, if this host's copy does
 * not live for `minValid` milliseconds. Undefined if there is no session.
 *
 * @throws OracleComputeError MISSING_VALUE if several sessions fit, and what reading a cookies file throws
 */
export async function sessionStatus(options: StatusOptions = {}): Promise<SessionStatus | undefined> {
  return withChoice(options, statusOfOnly);
}

interface StatusOptions extends SessionSelection {
  readonly minValid?: number;
}

async function statusOfOnly(options: StatusOptions): Promise<SessionStatus | undefined> {
  const selected = await select(options);
  const { environment, place, token, wanted } = selected;
  const { clock } = environment;
  const { minValid = 0 } = options;
  // A foreign token without an address has nothing to do with the stored sessions.
  const copy = token && wanted.endpoint === undefined ? undefined : await findStore(wanted, place);
  const account = copy && !token && options.store ? (await findStored(wanted, place))?.account : undefined;
  const store = copy && account ? (await shared(copy, account, options, selected)).store : copy;
  const stored = await store?.read((session) => expiresAfter(session, serviceTime(session, clock), minValid));
  if (!token) return stored && store && statusOf(stored, store, clock);
  const { endpoint = '' } = wanted;
  const session = sessionFromToken({ endpoint, user: wanted.user }, token.value, clock, stored);
  return { ...statusOf(session, { location: token.source }, clock, session.timesKnown), cookiesFile: undefined };
}

/** A stored session, or why its file cannot be read. */
export type ListedSession =
  | { readonly cookiesFile: string; readonly status: SessionStatus }
  | { readonly cookiesFile: string; readonly error: OracleComputeError };

/** Every stored session, from its file alone. @param most how many files to read at most */
export async function listSessions(
  options: EnvironmentOptions & { readonly most?: number } = {},
): Promise<readonly ListedSession[]> {
  const { place } = await select(options);
  const sessions: ListedSession[] = [];
  for (const cookiesFile of (await listCookiesFiles(place.home)).slice(0, options.most)) {
    try {
      const store = storeAt(cookiesFile, place);
      const session = await store.read();
      if (session) sessions.push({ cookiesFile, status: statusOf(session, store, place.clock) });
    } catch (error) {
      // A damaged file does not end the list.
      if (!isOracleComputeError(error)) throw error;
      sessions.push({ cookiesFile, error });
    }
  }
  return sessions;
}

export interface LogoutOptions extends SessionSelection {
  /** Remove every stored session. */
  readonly all?: boolean;
  readonly lockTimeout?: number;
}

export interface LoggedOut {
  /** How many sessions were removed; with a token in them, or with what a killed process left. */
  readonly removed: number;
  /** The accounts of the sessions that were removed. */
  readonly accounts: readonly KeychainAccount[];
  /** Why a session could not be removed, here or from the store. It does not keep the others. */
  readonly failures: readonly OracleComputeError[];
  /** Where the selected session would be, if it is known. */
  readonly location: string | undefined;
  /** True if the given token has no stored session any more: a variable that holds it can be unset. */
  readonly endsToken: boolean;
}

/**
 * Removes the selected session from this host, and from the store that hosts share it in, if one is given. The service
 * has no way to revoke its token. For one session that is open there is `ComputeSession.logout`.
 *
 * @throws OracleComputeError MISSING_VALUE if several sessions fit
 */
export async function logout(options: LogoutOptions = {}): Promise<LoggedOut> {
  return withChoice(options, logoutOnly);
}

async function logoutOnly(options: LogoutOptions): Promise<LoggedOut> {
  const { all, lockTimeout: wait = LOCK_TIMEOUT } = options;
  // At any endpoint: if another one is given, its session is removed, and the token's stays.
  const ofToken = options.token && (await select({ ...options, endpoint: undefined, onEarlierToken: undefined }));
  const isTokenUsed = options.endpoint === undefined && !all;
  const selected = (isTokenUsed && ofToken) || (await select({ ...options, isNew: true }));
  const { environment, place, wanted } = selected;
  const one = all ? undefined : await findStore(wanted, place);
  const copies = all ? (await listStoredFiles(place.home)).map((path) => storeAt(path, place)) : [one];
  const accounts: KeychainAccount[] = [];
  const failures: OracleComputeError[] = [];
  const removed: string[] = [];
  for (const copy of copies) {
    if (!copy) continue;
    try {
      const session = await copy.read();
      const account = session ?? (all ? undefined : (await findStored(wanted, place))?.account);
      const { store } = account ? await shared(copy, account, options, selected) : { store: copy };
      if (!session && store === copy && temporariesOf(copy.location).length === 0) continue;
      const { wasStored, untold } = await endSession(store, { wait, signal: environment.signal });
      if (untold && account) failures.push(stillShared(untold, account, wasStored));
      if (!wasStored && store !== copy) continue;
      removed.push(copy.location);
      if (account) accounts.push({ endpoint: account.endpoint, user: account.user });
    } catch (error) {
      if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
      failures.push(error);
    }
  }
  const fileOfToken = ofToken && !ofToken.token ? ofToken.wanted.cookiesFile : undefined;
  const endsToken = removed.length === 0 || (fileOfToken !== undefined && removed.includes(fileOfToken));
  return { removed: removed.length, accounts, failures, location: one?.location, endsToken };
}

/** The failure of the store, with what is removed and what is left. */
function stillShared(untold: OracleComputeError, { user, endpoint }: KeychainAccount, wasStored: boolean) {
  const here = wasStored ? 'the session is removed from this host only' : 'no session was removed';
  const message = `${untold.message}; ${here}, and the store may still have it`;
  if (!isOracleComputeError(untold, 'STORE_UNREACHABLE')) {
    return new OracleComputeError(untold.code, message, untold.fields, { cause: untold });
  }
  const fields = { ...untold.fields, left: { user, endpoint } };
  return new OracleComputeError('STORE_UNREACHABLE', message, fields, { cause: untold });
}

function missingValue(name: 'endpoint' | 'user'): OracleComputeError {
  const what = name === 'endpoint' ? 'endpoint' : 'user';
  return new OracleComputeError('MISSING_VALUE', `no ${what} given`, { name });
}
