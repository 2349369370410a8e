import * as sessions from '../../lib/compute/find-session.js';
import { ComputeSession, type SessionParts } from '../../lib/compute/session.js';
import type { ComputeStore, StoredSession } from '../../lib/compute/stored-session.js';
import { type EnvSession, findEnvSession, findOwnerOfToken } from '../../lib/compute/token/env-session.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import { parseDuration } from '../../lib/session/duration.js';
import { memoryStore } from '../../lib/session/store.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import { describeError } from '../errors/error-text.js';
import { besidesJar, type ComputeOptions, type ComputeSettings, missing, readSettings } from './compute.js';
import { type GeneralOptions, httpClient, infoLogger, timeoutOf } from './general.js';
import { askUntil, canPrompt, passwordAtHand } from './password.js';
import type { StoreOptions } from './store.js';

/** The store of the session that the settings mean, see `findStore` of lib/compute/find-session.ts. */
export async function findStore(settings: ComputeSettings, context: Context): Promise<ComputeStore | undefined> {
  const copy = await findCopy(settings, context);
  const account = copy && settings.store && (await findAccount(settings, context));
  return copy && account ? share(copy, account, settings, context) : copy;
}

/** As `findStore`, of this host alone. */
export function findCopy(settings: ComputeSettings, context: Context): Promise<ComputeStore | undefined> {
  return sessions.findStore(wantedBy(settings), placeOf(context));
}

/** The account of the session, as far as the settings and the stored sessions tell. */
export async function findAccount(
  settings: ComputeSettings,
  context: Context,
): Promise<sessions.FoundSession['account'] | undefined> {
  return (await sessions.findSession(wantedBy(settings), placeOf(context)))?.account;
}

/** The store in which a login keeps its session: the named cookies file, else the default one. */
export async function storeForLogin(
  account: sessions.FoundSession['account'],
  settings: ComputeSettings,
  context: Context,
): Promise<ComputeStore> {
  const place = placeOf(context);
  const { cookieFile } = settings;
  const copy =
    cookieFile === undefined ? sessions.defaultStore(account, place) : sessions.storeAt(cookieFile, place, account);
  return share(copy, account, settings, context);
}

/** Puts the store that is named, if one is, behind a cookies file, which is this host's copy then. */
export async function share(
  copy: ComputeStore,
  account: sessions.FoundSession['account'],
  { store }: Pick<ComputeSettings, 'store'>,
  context: Context,
): Promise<ComputeStore> {
  if (!store) return copy;
  const { sharedSessionStore } = await import('../../lib/compute/shared-session.js');
  const { clock, uid, interruption: signal } = context;
  return sharedSessionStore(copy, account, store, { clock, owner: { uid }, signal });
}

/** The session in one cookies file, of any account. */
export function storeAt(path: string, context: Context): ComputeStore {
  return sessions.storeAt(path, placeOf(context));
}

/** The paths and the owner of this context's sessions. */
export function placeOf({ home, uid, clock }: Context): sessions.SessionEnvironment {
  return { home, owner: { uid }, clock };
}

/** What the settings tell about the session. */
export function wantedBy({ endpoint, user, cookieFile }: ComputeSettings): sessions.WantedSession {
  return {
    ...(endpoint && { endpoint: endpoint.value }),
    ...(user && { user: user.value }),
    ...(cookieFile !== undefined && { cookiesFile: cookieFile }),
  };
}

/**
 * The settings without the token in a variable, if it belongs to a stored session: that session is used instead, because
 * it has the same token or a newer one. A foreign token stays, and overrides what is stored.
 *
 * @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE
 */
export async function followToken(
  settings: ComputeSettings,
  options: GeneralOptions,
  context: Context,
): Promise<ComputeSettings> {
  const { cookie } = settings;
  if (!cookie) return settings;
  const others = besidesJar(settings);
  const owner = await findOwnerOfToken(cookie.value, cookie.source, wantedBy(others), placeOf(context));
  if (!owner) return settings;
  const { store, session } = owner;
  if (session.token !== cookie.value && context.stderr.isTTY) {
    infoLogger(
      options,
      context,
    )(`${cookie.source} has an earlier token of this session: the newer, stored one is used`);
  }
  const from = <T>(value: T) => ({ value, source: store.location });
  return {
    ...others,
    cookie: undefined,
    cookieFile: store.location,
    endpoint: from(session.endpoint),
    user: from(session.user),
  };
}

/**
 * Runs `work` with the settings. If several sessions are stored, and the user can answer, asks which one is meant.
 *
 * @throws OracleComputeError what `work` throws
 */
export async function withChoice<T>(
  settings: ComputeSettings,
  context: Context,
  work: (settings: ComputeSettings) => Promise<T>,
): Promise<T> {
  try {
    return await work(settings);
  } catch (error) {
    if (!isOracleComputeError(error, 'MISSING_VALUE') || !error.fields.sessions || !canPrompt(context)) throw error;
    const { sessions: stored } = error.fields;
    const lines = stored.map(
      ({ user, endpoint }, index) => `${String(index + 1).padStart(3)}: ${user} at ${endpoint}\n`,
    );
    context.stderr.write(`${stored.length} sessions are stored:\n${lines.join('')}`);
    const { endpoint, user } = await askUntil(`Session [1-${stored.length}]: `, context, async (answer) => {
      const chosen = /^\d+$/.test(answer) ? stored[Number(answer) - 1] : undefined;
      if (chosen) return chosen;
      throw new OracleComputeError('USAGE', `enter a number from 1 to ${stored.length}`, {});
    });
    const from = <V>(value: V) => ({ value, source: 'the terminal' });
    return work({ ...settings, endpoint: from(endpoint), user: from(user) });
  }
}

/** A holder has more to do than its request, so that a short --timeout does not make a slow disk an error. */
const SHORTEST_WAIT = 15_000;

/** Returns a function that gets the password of an account if the session needs a new login. */
export type PasswordFor = (account: KeychainAccount) => SessionParts['password'];

/**
 * The session that the settings mean, stored or yet to begin: of the token in a variable, or of a cookies file and the
 * store that it is shared in. Undefined if they do not say which.
 *
 * @throws OracleComputeError MISSING_VALUE if the service of the token in a variable is not known
 */
export async function findSession(
  given: ComputeSettings,
  options: StoreOptions,
  context: Context,
  passwordFor: PasswordFor = () => undefined,
): Promise<ComputeSession | undefined> {
  const settings = await followToken(given, options, context);
  return withChoice(settings, context, (chosen) => sessionOf(chosen, options, context, passwordFor));
}

async function sessionOf(
  settings: ComputeSettings,
  options: StoreOptions,
  context: Context,
  passwordFor: PasswordFor,
): Promise<ComputeSession | undefined> {
  const { cookie } = settings;
  if (cookie) {
    const unstored = await envSession(cookie, settings, context);
    const account = { endpoint: unstored.endpoint, user: unstored.user || (settings.user?.value ?? '') };
    const store = memoryStore<StoredSession>(cookie.source, unstored);
    return composeSession(account, store, options, context, { unstored, password: passwordFor(account) });
  }
  const found = await sessions.findSession(wantedBy(settings), placeOf(context));
  if (!found) return undefined;
  const { account } = found;
  const store = await share(found.store, account, settings, context);
  return composeSession(account, store, options, context, { password: passwordFor(account) });
}

/** As `findSession`, for commands that need a session. @throws OracleComputeError MISSING_VALUE */
export async function openSession(
  settings: ComputeSettings,
  options: StoreOptions,
  context: Context,
  passwordFor?: PasswordFor,
): Promise<ComputeSession> {
  const session = await findSession(settings, options, context, passwordFor);
  if (session) return session;
  throw missing(settings.endpoint ? 'user' : 'endpoint');
}

/** As `openSession`, for commands that use a stored session and log in again if they must. */
export async function openUsedSession(
  given: ComputeSettings,
  options: StoreOptions,
  context: Context,
): Promise<ComputeSession> {
  const settings = await followToken(given, options, context);
  const note = infoLogger(options, context);
  // A new token could not be stored in the variable.
  const passwordFor: PasswordFor = (account) =>
    settings.cookie ? undefined : passwordAtHand(settings.passwordFile, account, context, note);
  return openSession(settings, options, context, passwordFor);
}

/** The session of an account in a store, as the options have it. */
export async function composeSession(
  account: KeychainAccount,
  store: ComputeStore,
  options: StoreOptions,
  context: Context,
  parts: Pick<SessionParts, 'password' | 'unstored'> = {},
): Promise<ComputeSession> {
  const wait = options.waitSession === undefined ? undefined : parseDuration(options.waitSession);
  const sharing =
    store.copyLocation === undefined
      ? undefined
      : (await import('../../lib/compute/shared-session.js')).sharingOf(store, wait);
  const note = infoLogger(options, context);
  return new ComputeSession({
    ...account,
    ...parts,
    http: await httpClient(options, context),
    store,
    clock: context.clock,
    // The holder may use up its own time limit before our turn comes.
    wait: Math.max(2 * timeoutOf(options), SHORTEST_WAIT),
    signal: context.interruption,
    sharing,
    onWait: () => note('waiting for another process that uses this session'),
    onLostToken: (error) => note(`a newer token was not kept: ${describeError(error)}`),
  });
}

/** The session of the token in a variable. @throws OracleComputeError MISSING_VALUE if its service is not known */
async function envSession(
  cookie: ValueWithOrigin<string>,
  settings: ComputeSettings,
  context: Context,
): Promise<EnvSession> {
  const session = await findEnvSession(cookie.value, wantedBy(besidesJar(settings)), placeOf(context));
  if (session) return session;
  throw missing('endpoint');
}

/**
 * The user and endpoint of the password: as given, else those of the only stored session that fits.
 *
 * @throws OracleComputeError MISSING_VALUE, and what `readSettings` and `findStore` throw
 */
export async function keychainAccount(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
): Promise<KeychainAccount> {
  const settings = await readSettings(options, context, argument);
  const given = { endpoint: settings.endpoint?.value, user: settings.user?.value };
  const isComplete = given.endpoint !== undefined && given.user !== undefined;
  const stored = isComplete
    ? undefined
    : await withChoice(settings, context, async (chosen) => (await findStore(chosen, context))?.read());
  const endpoint = given.endpoint ?? stored?.endpoint;
  const user = given.user ?? stored?.user;
  if (endpoint === undefined) throw missing('endpoint');
  if (user === undefined) throw missing('user');
  return { endpoint, user };
}
