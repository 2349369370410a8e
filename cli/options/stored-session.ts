import { ComputeClient } from '../../lib/compute/client/client.js';
import * as sessions from '../../lib/compute/find-session.js';
import { SessionKeeper } from '../../lib/compute/session-keeper.js';
import type { ComputeStore } from '../../lib/compute/stored-session.js';
import { parseDuration } from '../../lib/session/duration.js';
import type { Context } from '../context/context.js';
import { type ComputeSettings, missing } from './compute.js';
import { type GeneralOptions, httpClient, infoLogger, timeoutOf } from './general.js';
import type { StoreOptions } from './store/settings.js';

/** The store of the session that the settings mean, see `findStore` of lib/compute/find-session.ts. */
export async function findStore(settings: ComputeSettings, context: Context): Promise<ComputeStore | undefined> {
  const copy = await sessions.findStore(wantedBy(settings), placeOf(context));
  const account = copy && settings.store && (await findAccount(settings, context));
  return copy && account ? share(copy, account, settings, context) : copy;
}

/** Whose session is meant, as far as the settings and what is stored here say it. */
export async function findAccount(
  settings: ComputeSettings,
  context: Context,
): Promise<sessions.KeptSession['account'] | undefined> {
  return (await sessions.findSession(wantedBy(settings), placeOf(context)))?.account;
}

/** The session that the settings mean, whether it has begun yet or not; undefined where they do not say which. */
export async function findKeptSession(
  settings: ComputeSettings,
  context: Context,
): Promise<sessions.KeptSession | undefined> {
  const found = await sessions.findSession(wantedBy(settings), placeOf(context));
  return found && { ...found, store: await share(found.store, found.account, settings, context) };
}

/** As `findKeptSession`, for commands that may log in. @throws OracleComputeError MISSING_VALUE */
export async function keptSession(settings: ComputeSettings, context: Context): Promise<sessions.KeptSession> {
  const kept = await findKeptSession(settings, context);
  if (kept) return kept;
  throw missing(settings.endpoint ? 'user' : 'address');
}

/** Where a login keeps its session: the cookies file that was named, else the default one. */
export async function storeForLogin(
  account: sessions.KeptSession['account'],
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
  account: sessions.KeptSession['account'],
  { store }: Pick<ComputeSettings, 'store'>,
  context: Context,
): Promise<ComputeStore> {
  if (!store) return copy;
  const { sharedSessionStore } = await import('../../lib/compute/shared-session.js');
  const { clock, uid, interruption: signal } = context;
  return sharedSessionStore(copy, account, store, { clock, owner: { uid }, signal });
}

/** The session in one cookies file, whosesoever it is. */
export function storeAt(path: string, context: Context): ComputeStore {
  return sessions.storeAt(path, placeOf(context));
}

/** Where the sessions of this context are. */
export function placeOf({ home, uid, clock }: Context): sessions.SessionPlace {
  return { home, owner: { uid }, clock };
}

/** What the settings say of the session that is meant. */
export function wantedBy({ endpoint, user, cookieFile, keptIn }: ComputeSettings): sessions.WantedSession {
  return {
    ...(endpoint && { endpoint: endpoint.value }),
    ...(user && { user: user.value }),
    ...(cookieFile !== undefined && { cookiesFile: cookieFile }),
    ...(keptIn !== undefined && { preferredFile: keptIn }),
  };
}

/** A holder has more to do than its request, so that a short --timeout does not make a slow disk an error. */
const SHORTEST_WAIT = 15_000;

/** The client of one endpoint, as the options have it. */
export async function computeClient(
  endpoint: string,
  options: GeneralOptions,
  context: Context,
): Promise<ComputeClient> {
  return new ComputeClient(await httpClient(options, context), endpoint);
}

/** The keeper of one stored session, as the options have it. */
export async function sessionKeeper(
  place: { readonly endpoint: string; readonly user: string },
  store: ComputeStore,
  options: StoreOptions,
  context: Context,
  client?: ComputeClient,
): Promise<SessionKeeper> {
  const wait = options.waitSession === undefined ? undefined : parseDuration(options.waitSession);
  const sharing =
    store.copyLocation === undefined
      ? undefined
      : (await import('../../lib/compute/shared-session.js')).sharingOf(store, wait);
  return new SessionKeeper({
    client: client ?? (await computeClient(place.endpoint, options, context)),
    store,
    clock: context.clock,
    user: place.user,
    // The holder may use up its own time limit before our turn comes.
    wait: Math.max(2 * timeoutOf(options), SHORTEST_WAIT),
    signal: context.interruption,
    note: infoLogger(options, context),
    ...(sharing && { sharing }),
  });
}
