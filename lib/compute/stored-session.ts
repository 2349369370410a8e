import { type Clock, formatInstant, type Uptime } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import {
  COMPUTE_LIFETIMES,
  expiredError,
  type SessionTimes,
  stateOf,
  timesAtLogin,
  timesAtRefresh,
} from '../session/lifetimes.js';
import type { RenewalRules } from '../session/renew.js';
import type { SessionStore } from '../session/store.js';
import { type ComputeClient, type IssuedToken, tokenRefused } from './client/client.js';
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
    uptime,
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
    uptime,
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

/** A session as the renewal sees it, even if only its token is known. */
interface RenewableSession extends StoredSession {
  /** False if the token has no times: they are then the latest that the documents allow. */
  readonly timesKnown?: boolean;
}

/** The end of one session, as two of its tokens say it, differs by less than this. Milliseconds. */
const SAME_SESSION = 1000;

/** In hours. */
const SESSION_LENGTH = COMPUTE_LIFETIMES.session / 3_600_000;

/**
 * How a session of Oracle Compute is renewed (Oracle Compute Cloud Service CLI, chapter Authentication: by 30 minutes
 * from now, not beyond 3 hours from the login).
 *
 * @param source the source of the token, for messages: a path or a variable
 */
export function computeRules(client: ComputeClient, clock: Clock, source: string): RenewalRules<RenewableSession> {
  return {
    tokenOf: ({ token }) => token,
    serviceTimes: (session) => serviceTimes(session, clock),
    timesKnown: ({ timesKnown }) => timesKnown !== false,
    expiredError: (session, now) => computeExpiredError(session, now, source),
    missingError: () => noSession(source),
    refusedError: () => tokenRefused(client.endpoint, source),
    extend: async (session) => {
      const issued = await client.refresh(session.token, source);
      return verifiedExtension(session, issued && sessionWithToken(session, issued, clock.sinceBoot?.()));
    },
  };
}

/** The error if there is nothing to extend. */
function noSession(location: string | undefined): OracleComputeError<'NO_SESSION'> {
  return new OracleComputeError('NO_SESSION', 'no stored session', { path: location });
}

/** TOKEN_EXPIRED or SESSION_OVER if `now` is past a limit. */
export function computeExpiredError(times: SessionTimes, now: number, source: string): OracleComputeError | undefined {
  return expiredError(times, now, { source, hours: SESSION_LENGTH });
}

/** The session after a refresh, once it is shown that the token does live longer. */
function verifiedExtension(current: StoredSession, next: StoredSession | undefined): StoredSession {
  if (next && hasMoved(current, next)) return next;
  const expiresAt = current.tokenExpiresAt;
  const message = `the service did not extend the token: it still expires at ${formatInstant(expiresAt)}`;
  throw new OracleComputeError('NOT_EXTENDED', message, { expiresAt });
}

/** The newer token of the current session; undefined if it belongs to an earlier one, whose answer came late. */
export function newerSession(
  current: StoredSession,
  issued: IssuedToken,
  uptime: StoredSession['uptime'],
): StoredSession | undefined {
  const next = sessionWithToken(current, issued, uptime);
  const isSameSession = next.sessionExpiresAt >= current.sessionExpiresAt - SAME_SESSION;
  return isSameSession && hasMoved(current, next) ? next : undefined;
}

/** If a token has no times, only a different token shows that the service extended it. */
function hasMoved(current: StoredSession, next: StoredSession): boolean {
  if (next.token === current.token) return false;
  const readable = readTokenClaims(next.token).tokenExpiresAt !== undefined;
  return readable ? next.tokenExpiresAt > current.tokenExpiresAt : next.tokenExpiresAt >= current.tokenExpiresAt - 1000;
}

/** @throws OracleComputeError UNUSABLE_COOKIE for a session whose token is over before it is used */
export function assertNotExpired(session: StoredSession): void {
  if (stateOf(session, session.issuedAt) === 'valid') return;
  const origin = session.endpoint;
  const reason = 'its token had expired before it was issued';
  const message = `${origin} sent a cookie that cannot be used: ${reason}`;
  throw new OracleComputeError('UNUSABLE_COOKIE', message, { origin, reason });
}
