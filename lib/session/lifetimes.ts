import { OracleComputeError } from '../errors.js';
import { formatInstant } from './duration.js';

/**
 * The one idea: a short-lived token inside a longer session. Pure functions of instants.
 *
 * Instants are milliseconds since the epoch, by the service's clock. A `SessionTimes` is what both services leave us
 * with: when the token ends and when the session does.
 */

/** How long tokens and sessions live, in milliseconds. */
export interface Lifetimes {
  readonly token: number;
  readonly session: number;
}

/** Oracle Compute Cloud Service CLI, chapter Authentication: 30 minutes, "not beyond the session expiry time, 3 hours". */
export const COMPUTE_LIFETIMES: Lifetimes = { token: 30 * 60_000, session: 3 * 3_600_000 };

/** OCI, Token-based Authentication for the CLI: 1 hour, refreshable "within the validity period up to 24 hours". */
export const OCI_LIFETIMES: Lifetimes = { token: 3_600_000, session: 24 * 3_600_000 };

export interface SessionTimes {
  readonly tokenExpiresAt: number;
  readonly sessionExpiresAt: number;
}

/** What the service says of a token, as far as it says anything. */
export interface Claims {
  readonly tokenExpiresAt?: number;
  readonly sessionExpiresAt?: number;
}

/**
 * The times of a session that begins with a login answered at `receivedAt`. A claim counts when it is earlier than
 * the documented lifetime, never when it is later.
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
 * The times of a session that somebody else has written, a host that shares it or a file: never more than a login and a
 * refresh at these instants, which lie before `now`, would have given.
 */
export function limitTimes(
  lifetimes: Lifetimes,
  kept: SessionTimes & { readonly issuedAt: number; readonly startedAt: number },
  now: number = kept.issuedAt,
) {
  const issuedAt = Math.min(kept.issuedAt, now);
  const startedAt = Math.min(kept.startedAt, issuedAt);
  const { sessionExpiresAt } = timesAtLogin(lifetimes, startedAt, kept);
  return { issuedAt, startedAt, ...timesAtRefresh(lifetimes, issuedAt, sessionExpiresAt, kept) };
}

/** A clock that differs from another one by more than this does not tell the time. Milliseconds. */
export const MOST_AHEAD = 24 * 3_600_000;

/** Is it an instant that a `Date` can have, in milliseconds? Not every number of JSON is: `1e999` is infinite. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}

export type SessionState = 'valid' | 'token-expired' | 'session-over';

/** A token is good until the instant of its expiry, not at it. The end of the session is the graver of the two. */
export function stateOf(times: SessionTimes, now: number): SessionState {
  // What is no number is no time to come.
  if (!(now < times.sessionExpiresAt)) return 'session-over';
  return now < times.tokenExpiresAt ? 'valid' : 'token-expired';
}

/** Does the token live longer than `minValid` milliseconds from `now`? */
export function expiresAfter(times: SessionTimes, now: number, minValid: number): boolean {
  return stateOf(times, now) === 'valid' && times.tokenExpiresAt - now > minValid;
}

/** The two instants come from floating seconds: closer together than this they are one. Milliseconds. */
const ROUNDING = 1000;

/** Can a refresh reach beyond the token's present end at all, or is the end of the session already reached? */
export function isExtendable(times: SessionTimes): boolean {
  return times.sessionExpiresAt - times.tokenExpiresAt > ROUNDING;
}

/**
 * How long before its end a token is renewed, in milliseconds: `most`, but never more than half of the life it was
 * issued with. So a token that lives for seconds is renewed once, at half of its life, and not at every look.
 */
export function renewalMargin(token: SessionTimes & { readonly issuedAt: number }, most: number): number {
  return Math.min(most, Math.max(0, token.tokenExpiresAt - token.issuedAt) / 2);
}

/** Would a token renewed at `now` still live longer than `minValid`, or does the session's end leave less? */
export function sessionOutlasts(times: SessionTimes, now: number, minValid: number): boolean {
  return times.sessionExpiresAt - now > minValid;
}

/**
 * How far the service's clock is ahead of this machine's, in milliseconds, from the `Date` header of an answer.
 * Below five seconds it is called zero: the header has whole seconds, and the answer took time to travel.
 */
export function clockOffset(serverTime: number | undefined, localTime: number): number {
  if (serverTime === undefined || !Number.isFinite(serverTime)) return 0;
  const offset = serverTime - localTime;
  return Math.abs(offset) < 5000 ? 0 : Math.round(offset);
}

/** What the message and the next step of an expired session are made of. */
export interface SessionOrigin {
  /** Where the token came from: a variable, a path. */
  readonly source: string;
  /** How long a session of the service lasts at most, in hours. */
  readonly hours: number;
  readonly cloud?: 'oci';
}

/** TOKEN_EXPIRED or SESSION_OVER where `now` is past a ceiling. The session's end is the graver of the two. */
export function expiredError(times: SessionTimes, now: number, origin: SessionOrigin): OracleComputeError | undefined {
  const { source, hours, cloud } = origin;
  const whose = { source, ...(cloud && { cloud }) };
  switch (stateOf(times, now)) {
    case 'valid':
      return undefined;
    case 'session-over': {
      const endedAt = times.sessionExpiresAt;
      const message = `the ${hours}-hour session ended at ${formatInstant(endedAt)}`;
      return new OracleComputeError('SESSION_OVER', message, { endedAt, ...whose });
    }
    case 'token-expired': {
      const expiredAt = times.tokenExpiresAt;
      const message = `the token expired at ${formatInstant(expiredAt)}`;
      return new OracleComputeError('TOKEN_EXPIRED', message, { expiredAt, ...whose });
    }
  }
}
