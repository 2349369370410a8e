import type { Clock, Uptime } from '../clock.js';
import { COMPUTE_LIFETIMES, type SessionTimes, timesAtLogin, timesAtRefresh } from '../session/lifetimes.js';
import type { SessionStore } from '../session/store.js';
import type { IssuedToken } from './client/client.js';
import { readTokenClaims } from './token/token.js';

/** The source of the token's expiry, shown if it matters. */
type ExpirySource = (typeof EXPIRY_SOURCES)[number];

const EXPIRY_SOURCES = ['token', 'max-age', 'documented lifetime'] as const;

/** A stored session. Instants are milliseconds since the epoch, by the service's clock. */
export interface StoredSession extends SessionTimes {
  readonly endpoint: string;
  readonly user: string;
  readonly token: string;
  readonly issuedAt: number;
  readonly startedAt: number;
  readonly expirySource: ExpirySource;
  /** How far the service's clock was ahead of this machine's at the last answer, in milliseconds. */
  readonly clockOffset: number;
  /** How long this machine had been running at `issuedAt`, if known. */
  readonly uptime?: Uptime;
  /** The id of the key that it was encrypted with, if it came from a store. */
  readonly storeKey?: string;
  /** The address of the shared store that this host has last compared the session with. */
  readonly sharedIn?: string;
  /** The fingerprints of the tokens that this one replaced in the same file, the oldest first. */
  readonly earlierTokens?: readonly string[];
}

/** The store of a session of Oracle Compute. */
export type ComputeStore = SessionStore<StoredSession>;

/** The stored expiry source; an unknown value counts as the least reliable one. */
export function readExpirySource(value: unknown): ExpirySource {
  return EXPIRY_SOURCES.find((source) => source === value) ?? 'documented lifetime';
}

type TimeKeeping = Pick<StoredSession, 'clockOffset' | 'issuedAt' | 'uptime'>;

/**
 * What the service's clock may show now, the most likely first. If the machine has been running since the last answer,
 * its uptime gives the time that has passed, even if its clock was changed. If not, its clock counts, corrected by its
 * error at the last answer; it may have been set right since.
 */
export function serviceTimes(session: TimeKeeping, clock: Clock): readonly number[] {
  const now = clock.sinceBoot?.();
  const then = session.uptime;
  if (now && then && now.boot === then.boot) return [session.issuedAt + (now.milliseconds - then.milliseconds)];
  const corrected = clock.now() + session.clockOffset;
  return session.clockOffset === 0 ? [corrected] : [corrected, clock.now()];
}

/** The time by the service's clock, as far as it can be told. */
export function serviceTime(session: TimeKeeping, clock: Clock): number {
  return serviceTimes(session, clock)[0] ?? clock.now();
}

/** The session that a login's answer begins. */
export function sessionFromLogin(endpoint: string, user: string, issued: IssuedToken, uptime?: Uptime): StoredSession {
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
    ...(uptime && { uptime }),
  };
}

/** The same session with the token that a refresh, or any other answer, brought. */
export function sessionWithToken(session: StoredSession, issued: IssuedToken, uptime?: Uptime): StoredSession {
  // The Date header has whole seconds: between two answers the offset wavers, and expiries would seem to go back.
  const steady = Math.abs(issued.clockOffset - session.clockOffset) < 2000;
  const offset = steady ? session.clockOffset : issued.clockOffset;
  const issuedAt = issued.receivedAt + offset;
  const { claims, expirySource } = readExpiry(issued, issuedAt);
  const { uptime: _, ...kept } = session;
  return {
    ...kept,
    token: issued.value,
    issuedAt,
    ...timesAtRefresh(COMPUTE_LIFETIMES, issuedAt, session.sessionExpiresAt, claims),
    expirySource,
    clockOffset: offset,
    ...(uptime && { uptime }),
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
