import {
  cookiesFileStore,
  defaultCookiesFile,
  listCookiesFiles,
} from '../../lib/compute/cookies/cookies-file-store.js';
import type { ComputeStore, StoredSession } from '../../lib/compute/stored-session.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { World } from '../world/world.js';
import { type ComputeSettings, missing } from './compute.js';

/**
 * The store of the session that the settings mean: the cookies file that was named; else the default one of user and
 * endpoint; else, where one of them is not said, the only stored session that fits what is said.
 *
 * @returns undefined where nothing is stored that fits
 * @throws OracleComputeError USAGE where several fit; what reading a cookies file throws
 */
export async function findStore(settings: ComputeSettings, world: World): Promise<ComputeStore | undefined> {
  const { cookieFile } = settings;
  const [endpoint, user] = [settings.endpoint?.value, settings.user?.value];
  const fits = (session: StoredSession) =>
    (endpoint ?? session.endpoint) === session.endpoint && (user ?? session.user) === session.user;
  if (cookieFile !== undefined) return storeAt(cookieFile, world, { endpoint, user });
  if (settings.keptIn !== undefined) {
    const store = storeAt(settings.keptIn, world);
    const session = await store.read();
    if (session && fits(session)) return store;
  }
  if (endpoint !== undefined && user !== undefined) return defaultStore(endpoint, user, world);
  const fitting: ComputeStore[] = [];
  for (const path of await listCookiesFiles(world.home)) {
    const store = storeAt(path, world);
    const session = await store.read();
    if (session && fits(session)) fitting.push(store);
    if (fitting.length > 1) throw severalSessions();
  }
  return fitting[0];
}

/** The default place of a user's session at an endpoint. */
export function defaultStore(endpoint: string, user: string, world: World): ComputeStore {
  return storeAt(defaultCookiesFile(world.home, endpoint, user), world, { endpoint, user });
}

/** The session in one cookies file, which must be the expected one as far as that is known. */
export function storeAt(
  path: string,
  world: World,
  expected?: { readonly endpoint?: string; readonly user?: string },
): ComputeStore {
  return cookiesFileStore(path, { owner: { uid: world.uid }, clock: world.clock, expected });
}

/** A session that a command keeps alive, or begins: whose it is, and where it is kept. */
export interface KeptSession {
  readonly store: ComputeStore;
  readonly account: { readonly endpoint: string; readonly user: string };
}

/** The session that the settings mean, whether it has begun yet or not; undefined where they do not say which. */
export async function findKeptSession(settings: ComputeSettings, world: World): Promise<KeptSession | undefined> {
  const found = await findStore(settings, world);
  const stored = await found?.read();
  const endpoint = stored?.endpoint ?? settings.endpoint?.value;
  const user = stored?.user ?? settings.user?.value;
  if (endpoint === undefined || user === undefined) return undefined;
  return { store: found ?? defaultStore(endpoint, user, world), account: { endpoint, user } };
}

/** As `findKeptSession`, for commands that may log in. @throws OracleComputeError MISSING_VALUE */
export async function keptSession(settings: ComputeSettings, world: World): Promise<KeptSession> {
  const kept = await findKeptSession(settings, world);
  if (kept) return kept;
  throw missing(settings.endpoint ? 'user' : 'address');
}

/** The stored session, or the error that says that there is none. */
export async function readStored(store: ComputeStore | undefined): Promise<StoredSession> {
  const session = await store?.read();
  if (session) return session;
  throw new OracleComputeError('NO_SESSION', 'there is no stored session', { path: store?.location });
}

function severalSessions(): OracleComputeError {
  return new OracleComputeError(
    'MISSING_VALUE',
    'several sessions are stored, and it is not said which one is meant (see: oracle-compute status --all)',
    { name: 'user', flag: '-a ADDRESS and -u USER', variable: 'OPC_API and OPC_USER', profileKey: 'compute' },
  );
}
