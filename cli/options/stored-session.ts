import * as sessions from '../../lib/compute/find-session.js';
import type { ComputeStore } from '../../lib/compute/stored-session.js';
import type { World } from '../world/world.js';
import { type ComputeSettings, missing } from './compute.js';

/** The store of the session that the settings mean, see `findStore` of lib/compute/find-session.ts. */
export async function findStore(settings: ComputeSettings, world: World): Promise<ComputeStore | undefined> {
  return sessions.findStore(wantedBy(settings), placeOf(world));
}

/** The session that the settings mean, whether it has begun yet or not; undefined where they do not say which. */
export async function findKeptSession(
  settings: ComputeSettings,
  world: World,
): Promise<sessions.KeptSession | undefined> {
  return sessions.findSession(wantedBy(settings), placeOf(world));
}

/** As `findKeptSession`, for commands that may log in. @throws OracleComputeError MISSING_VALUE */
export async function keptSession(settings: ComputeSettings, world: World): Promise<sessions.KeptSession> {
  const kept = await findKeptSession(settings, world);
  if (kept) return kept;
  throw missing(settings.endpoint ? 'user' : 'address');
}

/** Where a login keeps its session: the cookies file that was named, else the default one. */
export function storeForLogin(
  account: sessions.KeptSession['account'],
  { cookieFile }: ComputeSettings,
  world: World,
): ComputeStore {
  const place = placeOf(world);
  return cookieFile === undefined
    ? sessions.defaultStore(account, place)
    : sessions.storeAt(cookieFile, place, account);
}

/** The session in one cookies file, whosesoever it is. */
export function storeAt(path: string, world: World): ComputeStore {
  return sessions.storeAt(path, placeOf(world));
}

/** Where the sessions of this world are. */
export function placeOf({ home, uid, clock }: World): sessions.SessionPlace {
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
