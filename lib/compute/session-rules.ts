import type { Clock } from '../clock.js';
import { formatInstant } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import { COMPUTE_LIFETIMES, expiredError, type SessionTimes, stateOf } from '../session/lifetimes.js';
import type { RenewalRules } from '../session/renew.js';
import { type ComputeClient, type IssuedToken, tokenRefused } from './client/client.js';
import { type StoredSession, serviceTimes, sessionWithToken } from './stored-session.js';
import { readTokenClaims } from './token/token.js';

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
