import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { COMPUTE_LIFETIMES, timesAtLogin } from '../../session/lifetimes.js';
import { listCookiesFiles } from '../cookies/cookies-file-store.js';
import { findStore, type SessionEnvironment, storeAt, type WantedSession } from '../find-session.js';
import { type StoredSession, serviceTime } from '../stored-session.js';
import { readTokenClaims } from './token.js';

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
    ...(uptime && { uptime }),
    timesKnown: claims.tokenExpiresAt !== undefined,
  };
}

/**
 * The session of a token that is stored nowhere, with what a stored session with the same token adds. The token goes
 * only to the named endpoint, or to the one that is known to have issued it; never to a guessed one, nor to
 * another than its own.
 *
 * @param source the source of the token, for messages
 * @returns undefined if the token's service is not known
 * @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE
 */
export async function findEnvSession(
  token: string,
  source: string,
  wanted: WantedSession,
  place: SessionEnvironment,
): Promise<EnvSession | undefined> {
  const stored = await (await findStore(wanted, place))?.read();
  const endpoint = wanted.endpoint ?? (stored?.token === token ? stored.endpoint : undefined);
  if (endpoint === undefined) return undefined;
  const user = wanted.user ?? stored?.user;
  if (stored?.token !== token) await assertIssuedBy(endpoint, token, user, source, place);
  return sessionFromToken({ endpoint, ...(user !== undefined && { user }) }, token, place.clock, stored);
}

/** @throws OracleComputeError COOKIE_OF_ANOTHER_SERVICE if a stored session has the token from another endpoint */
async function assertIssuedBy(
  endpoint: string,
  token: string,
  user: string | undefined,
  source: string,
  place: SessionEnvironment,
): Promise<void> {
  const owner = readTokenClaims(token).user ?? user;
  for (const path of await listCookiesFiles(place.home, owner)) {
    const session = await storeAt(path, place)
      .read()
      .catch(() => undefined);
    if (session?.token !== token || session.endpoint === endpoint) continue;
    const message = `the token in ${source} comes from ${session.endpoint}, and is not sent to ${endpoint}`;
    throw new OracleComputeError('COOKIE_OF_ANOTHER_SERVICE', message, { from: source, endpoint: session.endpoint });
  }
}
