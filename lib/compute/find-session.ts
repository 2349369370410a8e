import type { Clock } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import type { FileOwner } from '../files/owner.js';
import { cookiesFileStore, defaultCookiesFile, listCookiesFiles } from './cookies/cookies-file-store.js';
import type { ComputeStore, StoredSession } from './stored-session.js';

/** The options that select a session. */
export interface WantedSession {
  /** The service's origin, see `parseEndpoint`. */
  readonly endpoint?: string;
  readonly user?: string;
  /** A cookies file that was named. */
  readonly cookiesFile?: string;
}

/** Whose sessions are looked at, and by which clock. */
export interface SessionEnvironment {
  readonly home: string;
  readonly owner: FileOwner;
  readonly clock: Clock;
}

/** A session to begin or to extend: its account and its store. */
interface FoundSession {
  readonly store: ComputeStore;
  readonly account: { readonly endpoint: string; readonly user: string };
}

/**
 * The store of the selected session: the named cookies file; else the default one of user and endpoint; else, if user
 * or endpoint is missing, the only stored session that fits.
 *
 * @returns undefined if no stored session fits
 * @throws OracleComputeError MISSING_VALUE if several fit; what reading a cookies file throws
 */
export async function findStore(wanted: WantedSession, place: SessionEnvironment): Promise<ComputeStore | undefined> {
  const { endpoint, user, cookiesFile } = wanted;
  const fits = (session: StoredSession) =>
    (endpoint ?? session.endpoint) === session.endpoint && (user ?? session.user) === session.user;
  if (cookiesFile !== undefined) return storeAt(cookiesFile, place, wanted);
  if (endpoint !== undefined && user !== undefined) return defaultStore({ endpoint, user }, place);
  const fitting: { store: ComputeStore; session: StoredSession }[] = [];
  for (const path of await listCookiesFiles(place.home)) {
    const store = storeAt(path, place);
    const session = await store.read();
    if (session && fits(session)) fitting.push({ store, session });
  }
  if (fitting.length > 1) throw severalSessions(fitting.map(({ session }) => session));
  return fitting[0]?.store;
}

/** The selected session, begun or not; undefined if user or endpoint is unknown. */
export async function findSession(wanted: WantedSession, place: SessionEnvironment): Promise<FoundSession | undefined> {
  const found = await findStore(wanted, place);
  const stored = await found?.read();
  const endpoint = stored?.endpoint ?? wanted.endpoint;
  const user = stored?.user ?? wanted.user;
  if (endpoint === undefined || user === undefined) return undefined;
  const account = { endpoint, user };
  return { store: found ?? defaultStore(account, place), account };
}

/** A message with more sessions is hard to read. */
const MOST_NAMED = 5;

/** The default place of a user's session at an endpoint. */
function defaultStore(account: FoundSession['account'], place: SessionEnvironment): ComputeStore {
  return storeAt(defaultCookiesFile(place.home, account.endpoint, account.user), place, account);
}

/** The session in one cookies file, which must be the expected one as far as that is known. */
export function storeAt(
  path: string,
  { owner, clock }: SessionEnvironment,
  expected: WantedSession = {},
): ComputeStore {
  const { endpoint, user } = expected;
  return cookiesFileStore(path, { owner, clock, expected: { endpoint, user } });
}

function severalSessions(stored: readonly StoredSession[]): OracleComputeError {
  const sessions = stored.map(({ endpoint, user }) => ({ endpoint, user }));
  const shown = sessions.slice(0, MOST_NAMED).map(({ endpoint, user }) => `${user} at ${endpoint}`);
  const others = sessions.length - shown.length;
  const message = `${sessions.length} sessions are stored: ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return new OracleComputeError('MISSING_VALUE', message, { name: 'one-session', sessions });
}
