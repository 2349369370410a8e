import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { COMPUTE_LIFETIMES, timesAtLogin } from '../../session/lifetimes.js';
import { listCookiesFiles } from '../cookies/cookies-file-store.js';
import { findStore, type SessionEnvironment, storeAt, type WantedSession } from '../find-session.js';
import { type ComputeStore, type StoredSession, serviceTime } from '../stored-session.js';
import { fingerprint, readTokenClaims, type TokenClaims } from './token.js';

/** A session of which only the token is known, as in `OPC_COOKIE`. */
export interface EnvSession extends StoredSession {
  /** False if the token has no times: they are then the latest that the documents allow. */
  readonly timesKnown: boolean;
}

/**
 * What a token alone tells of its session. A stored session of the same user and endpoint lends its knowledge of the
 * service's clock; one with the same token lends everything.
 */
export function sessionFromToken(
  place: { readonly endpoint: string; readonly user?: string },
  token: string,
  clock: Clock,
  related?: StoredSession,
): EnvSession {
  if (related?.token === token) return { ...related, timesKnown: true };
  const claims = readTokenClaims(token);
  const uptime = clock.sinceBoot?.();
  const now = related ? serviceTime(related, clock) : clock.now();
  return {
    endpoint: place.endpoint,
    user: claims.user ?? place.user ?? '',
    token,
    issuedAt: now,
    startedAt: now,
    ...timesAtLogin(COMPUTE_LIFETIMES, now, claims),
    expirySource: claims.tokenExpiresAt === undefined ? 'documented lifetime' : 'token',
    clockOffset: Math.round(now - clock.now()),
    uptime,
    timesKnown: claims.tokenExpiresAt !== undefined,
  };
}

/** A stored session, and its place. */
interface OwnerOfToken {
  readonly store: ComputeStore;
  readonly session: StoredSession;
}

/**
 * The stored session that a token belongs to: the token is its own, or an earlier one of it; or the token says of itself
 * that it is of the same user and site, and the stored one lives longer.
 *
 * @param source the source of the token, for messages
 * @returns undefined for a foreign token, which overrides what is stored
 * @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE if the session is at another endpoint than the wanted one
 */
export async function findOwnerOfToken(
  token: string,
  source: string,
  wanted: WantedSession,
  place: SessionEnvironment,
): Promise<OwnerOfToken | undefined> {
  const claims = readTokenClaims(token);
  const { endpoint, cookiesFile } = wanted;
  const paths = await listCookiesFiles(place.home, claims.user ?? wanted.user);
  const related: OwnerOfToken[] = [];
  let print: string | undefined;
  for (const path of cookiesFile === undefined ? paths : [cookiesFile, ...paths]) {
    const store = storeAt(path, place);
    const session = await store.read().catch(() => undefined);
    if (!session) continue;
    print ??= session.earlierTokens && (await fingerprint(token));
    const isOwner = session.token === token || (print !== undefined && session.earlierTokens?.includes(print));
    const isElsewhere = session.endpoint !== (endpoint ?? session.endpoint);
    if (isOwner && isElsewhere) throw ofAnotherService(source, session, wanted);
    // If a file is named, no other file is used.
    if (path !== (cookiesFile ?? path)) continue;
    if (isOwner) return { store, session };
    if (!isElsewhere && isSuccessor(session, claims)) related.push({ store, session });
  }
  // Of sessions at two endpoints, neither is likelier than the other.
  return related.length === 1 ? related[0] : undefined;
}

/** Is the stored session of the user and site that the token states, and does its token live longer? */
function isSuccessor(session: StoredSession, { user, realm, tokenExpiresAt }: TokenClaims): boolean {
  if (user !== session.user || realm === undefined || tokenExpiresAt === undefined) return false;
  return readTokenClaims(session.token).realm === realm && session.tokenExpiresAt > tokenExpiresAt;
}

function ofAnotherService(source: string, { endpoint }: StoredSession, wanted: WantedSession): OracleComputeError {
  const message = `the token in ${source} comes from ${endpoint}, and is not sent to ${wanted.endpoint}`;
  return new OracleComputeError('COOKIE_OF_ANOTHER_SERVICE', message, { from: source, endpoint });
}

/**
 * The session of a token that is stored nowhere. The token goes only to the named endpoint, never to a guessed one. A
 * stored session of the same user and endpoint lends its knowledge of the service's clock.
 *
 * @returns undefined if no endpoint is named
 */
export async function findEnvSession(
  token: string,
  wanted: WantedSession,
  place: SessionEnvironment,
): Promise<EnvSession | undefined> {
  const { endpoint } = wanted;
  if (endpoint === undefined) return undefined;
  const { user: owner = wanted.user } = readTokenClaims(token);
  const stored = await (await findStore({ ...wanted, user: owner }, place))?.read();
  const user = owner ?? stored?.user;
  return sessionFromToken({ endpoint, user }, token, place.clock, stored);
}
