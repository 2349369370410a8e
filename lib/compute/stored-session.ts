import type { Clock } from '../clock.js';
import { COMPUTE_LIFETIMES, type SessionTimes, timesAtLogin, timesAtRefresh } from '../session/lifetimes.js';
import type { IssuedToken } from './client/client.js';
import { readTokenClaims } from './token/token.js';

/** What the token's expiry was taken from; said where it matters. */
export type ExpirySource = 'token' | 'max-age' | 'documented lifetime';

/** A session as it is kept. Instants are milliseconds since the epoch, by the service's clock. */
export interface StoredSession extends SessionTimes {
  readonly endpoint: string;
  readonly user: string;
  readonly token: string;
  readonly issuedAt: number;
  readonly startedAt: number;
  readonly expirySource: ExpirySource;
  /** How far the service's clock is ahead of this machine's, in milliseconds. */
  readonly clockOffset: number;
}

/** The time by the service's clock, from this machine's. */
export function serviceTime(session: Pick<StoredSession, 'clockOffset'>, clock: Clock): number {
  return clock.now() + session.clockOffset;
}

/** The session that a login's answer begins. */
export function sessionFromLogin(endpoint: string, user: string, issued: IssuedToken): StoredSession {
  const issuedAt = issued.receivedAt + issued.clockOffset;
  const { claims, expirySource } = readExpiry(issued, issuedAt);
  return {
    endpoint,
    user,
    token: issued.value,
    issuedAt,
    startedAt: issuedAt,
    ...timesAtLogin(COMPUTE_LIFETIMES, issuedAt, claims),
    expirySource,
    clockOffset: issued.clockOffset,
  };
}

/** The same session with the token that a refresh, or any other answer, brought. */
export function sessionWithToken(session: StoredSession, issued: IssuedToken): StoredSession {
  // The Date header has whole seconds: between two answers the offset wavers, and expiries would seem to go back.
  const steady = Math.abs(issued.clockOffset - session.clockOffset) < 2000;
  const offset = steady ? session.clockOffset : issued.clockOffset;
  const issuedAt = issued.receivedAt + offset;
  const { claims, expirySource } = readExpiry(issued, issuedAt);
  return {
    ...session,
    token: issued.value,
    issuedAt,
    ...timesAtRefresh(COMPUTE_LIFETIMES, issuedAt, session.sessionExpiresAt, claims),
    expirySource,
    clockOffset: offset,
  };
}

/** The token's own word first; without it `Max-Age`, which Oracle Cloud Machine sets to the session's length. */
function readExpiry(issued: IssuedToken, issuedAt: number) {
  const claims = readTokenClaims(issued.value);
  if (claims.tokenExpiresAt !== undefined) return { claims, expirySource: 'token' as const };
  if (issued.maxAge === undefined) return { claims, expirySource: 'documented lifetime' as const };
  return {
    claims: { ...claims, tokenExpiresAt: issuedAt + issued.maxAge * 1000 },
    expirySource: 'max-age' as const,
  };
}
