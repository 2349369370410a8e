import type { Clock } from '../../clock.js';
import { COMPUTE_LIFETIMES, timesAtLogin } from '../../session/lifetimes.js';
import { type StoredSession, serviceTime } from '../stored-session.js';
import { readTokenClaims } from './token.js';

/** A session of which only the token is at hand, as in `OPC_COOKIE`. */
export interface EnvSession extends StoredSession {
  /** False where the token says nothing of its times: they are then the latest that the documents allow. */
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
