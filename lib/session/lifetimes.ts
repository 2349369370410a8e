import { formatInstant } from '../clock.js';
import { OracleComputeError } from '../errors.js';

/**
 * The one idea: a short-lived token inside a longer session. Pure functions of instants: milliseconds since the epoch,
 * by the service's clock. Both services' sessions come down to `SessionTimes`: the expiry of the token and of the
 * session.
 */

/** How long tokens and sessions live, in milliseconds. */
export interface Lifetimes {
  readonly token: number;
  readonly session: number;
}

/**
 * Oracle Compute Cloud Service CLI, chapter Authentication: 30 minutes, "not beyond the session expiry time, 3 hours".
 */
export const COMPUTE_LIFETIMES: Lifetimes = { token: 30 * 60_000, session: 3 * 3_600_000 };

/** OCI, Token-based Authentication for the CLI: 1 hour, refreshable "within the validity period up to 24 hours". */
export const OCI_LIFETIMES: Lifetimes = { token: 3_600_000, session: 24 * 3_600_000 };

export interface SessionTimes {
  readonly tokenExpiresAt: number;
  readonly sessionExpiresAt: number;
}

/** The times that a token itself states, if it states any. */
export interface Claims {
  readonly tokenExpiresAt?: number;
  readonly sessionExpiresAt?: number;
}

/**
 * The times of a session that begins with a login answered at `receivedAt`. A claim can only shorten the documented
 * lifetime.
 */
export function timesAtLogin(lifetimes: Lifetimes, receivedAt: number, claims: Claims = {}): SessionTimes {
  const sessionExpiresAt = Math.min(
    receivedAt + lifetimes.session,
    claims.sessionExpiresAt ?? Number.POSITIVE_INFINITY,
  );
  return timesAtRefresh(lifetimes, receivedAt, sessionExpiresAt, claims);
}

/** The times after a refresh answered at `receivedAt`: a new token inside the same session. */
export function timesAtRefresh(
  lifetimes: Lifetimes,
  receivedAt: number,
  sessionExpiresAt: number,
  claims: Claims = {},
): SessionTimes {
  const sessionEnd = Math.min(sessionExpiresAt, claims.sessionExpiresAt ?? Number.POSITIVE_INFINITY);
  return {
    tokenExpiresAt: Math.min(
      receivedAt + lifetimes.token,
      claims.tokenExpiresAt ?? Number.POSITIVE_INFINITY,
      sessionEnd,
    ),
    sessionExpiresAt: sessionEnd,
  };
}

/**
 * The times of a session that was read from a file or a shared store: at most what a login and a refresh at its
 * instants, none later than `now`, would have given.
 */
export function limitTimes(
  lifetimes: Lifetimes,
  stored: SessionTimes & { readonly issuedAt: number; readonly startedAt: number },
  now: number = stored.issuedAt,
) {
  const issuedAt = Math.min(stored.issuedAt, now);
  const startedAt = Math.min(stored.startedAt, issuedAt);
  const { sessionExpiresAt } = timesAtLogin(lifetimes, startedAt, stored);
  return { issuedAt, startedAt, ...timesAtRefresh(lifetimes, issuedAt, sessionExpiresAt, stored) };
}

/** A clock that differs from another by more than this is wrong. Milliseconds. */
export const MOST_AHEAD = 24 * 3_600_000;

/** Is it an instant that a `Date` can have, in milliseconds? Not every JSON number is: `1e999` is infinite. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}

export type SessionState = 'valid' | 'token-expired' | 'session-over';

/** A token is valid before the instant of its expiry, not at it. `session-over` takes precedence. */
export function stateOf(times: SessionTimes, now: number): SessionState {
  // Not `>=`: NaN counts as expired.
  if (!(now < times.sessionExpiresAt)) return 'session-over';
  return now < times.tokenExpiresAt ? 'valid' : 'token-expired';
}

/** Does the token live longer than `minValid` milliseconds from `now`? */
export function expiresAfter(times: SessionTimes, now: number, minValid: number): boolean {
  return stateOf(times, now) === 'valid' && times.tokenExpiresAt - now > minValid;
}

/** The two instants come from fractions of seconds: if they are closer than this, they are equal. Milliseconds. */
const ROUNDING = 1000;

/** Can a refresh make the token live longer? Not if it already lasts as long as its session. */
export function isExtendable(times: SessionTimes): boolean {
  return times.sessionExpiresAt - times.tokenExpiresAt > ROUNDING;
}

/**
 * How long before its expiry a token is renewed, in milliseconds: `most`, but at most half of its lifetime. So a token
 * that lives for seconds is renewed once, at half of its lifetime, and not at each check.
 */
export function renewalMargin(token: SessionTimes & { readonly issuedAt: number }, most: number): number {
  return Math.min(most, Math.max(0, token.tokenExpiresAt - token.issuedAt) / 2);
}

/** Does the session last longer than `minValid` milliseconds from `now`, so that a renewed token can, too? */
export function sessionOutlasts(times: SessionTimes, now: number, minValid: number): boolean {
  return times.sessionExpiresAt - now > minValid;
}

/**
 * How far the service's clock is ahead of this machine's, in milliseconds, by the `Date` header of an answer. Less than
 * five seconds count as zero: the header has whole seconds, and the answer takes time to arrive.
 */
export function clockOffset(serverTime: number | undefined, localTime: number): number {
  if (serverTime === undefined || !Number.isFinite(serverTime)) return 0;
  const offset = serverTime - localTime;
  return Math.abs(offset) < 5000 ? 0 : Math.round(offset);
}

/** For the message and the hint of an expired session. */
interface SessionOrigin {
  /** The token's origin: a variable or a path. */
  readonly source: string;
  /** How long a session of the service lasts at most, in hours. */
  readonly hours: number;
  readonly cloud?: 'oci';
}

/** TOKEN_EXPIRED or SESSION_OVER, if the token or the session has expired at `now`. */
export function expiredError(times: SessionTimes, now: number, origin: SessionOrigin): OracleComputeError | undefined {
  const { source, hours, cloud } = origin;
  switch (stateOf(times, now)) {
    case 'valid':
      return undefined;
    case 'session-over': {
      const endedAt = times.sessionExpiresAt;
      const message = `the ${hours}-hour session ended at ${formatInstant(endedAt)}`;
      return new OracleComputeError('SESSION_OVER', message, { endedAt, source, cloud });
    }
    case 'token-expired': {
      const expiredAt = times.tokenExpiresAt;
      const message = `the token expired at ${formatInstant(expiredAt)}`;
      return new OracleComputeError('TOKEN_EXPIRED', message, { expiredAt, source, cloud });
    }
  }
}
