import { OracleComputeError } from '../errors.js';
import { formatInstant } from '../session/instant.js';
import { stateOf } from '../session/lifetimes.js';
import type { IssuedToken } from './client/client.js';
import { type StoredSession, sessionWithToken } from './stored-session.js';
import { readTokenClaims } from './token/token.js';

/** The end of one session, as two of its tokens say it, differs by less than this. Milliseconds. */
const SAME_SESSION = 1000;

/** The error where there is nothing to extend. */
export function noSession(location: string | undefined): OracleComputeError<'NO_SESSION'> {
  return new OracleComputeError('NO_SESSION', 'there is no stored session', { path: location });
}

/** TOKEN_EXPIRED or SESSION_OVER where `now` is past a ceiling. The session's end is the graver of the two. */
export function ceilingError(
  times: Pick<StoredSession, 'tokenExpiresAt' | 'sessionExpiresAt'>,
  now: number,
  source: string,
): OracleComputeError | undefined {
  const { tokenExpiresAt, sessionExpiresAt } = times;
  switch (stateOf(times, now)) {
    case 'valid':
      return undefined;
    case 'session-over':
      return new OracleComputeError('SESSION_OVER', `the 3-hour session ended at ${formatInstant(sessionExpiresAt)}`, {
        endedAt: sessionExpiresAt,
        source,
      });
    case 'token-expired':
      return new OracleComputeError('TOKEN_EXPIRED', `the token expired at ${formatInstant(tokenExpiresAt)}`, {
        expiredAt: tokenExpiresAt,
        source,
      });
  }
}

/** The session after a refresh, once it is shown that the token does live longer. */
export function verifiedExtension(current: StoredSession, issued: IssuedToken | undefined): StoredSession {
  const next = issued && sessionWithToken(current, issued);
  if (next && hasMoved(current, next)) return next;
  const expiresAt = current.tokenExpiresAt;
  throw new OracleComputeError(
    'NOT_EXTENDED',
    `the service did not extend the token: it still expires at ${formatInstant(expiresAt)}`,
    {
      expiresAt,
    },
  );
}

/** The service's newer token of the session at hand: not of one that began earlier, whose answer came late. */
export function isNewer(current: StoredSession, next: StoredSession): boolean {
  return hasMoved(current, next) && next.sessionExpiresAt >= current.sessionExpiresAt - SAME_SESSION;
}

/** Where a token says nothing of its times, another token is all that can be seen of an extension. */
function hasMoved(current: StoredSession, next: StoredSession): boolean {
  if (next.token === current.token) return false;
  const readable = readTokenClaims(next.token).tokenExpiresAt !== undefined;
  return readable ? next.tokenExpiresAt > current.tokenExpiresAt : next.tokenExpiresAt >= current.tokenExpiresAt - 1000;
}

/** @throws OracleComputeError UNUSABLE_COOKIE for a session whose token is over before it is used */
export function refuseStillborn(session: StoredSession): void {
  if (stateOf(session, session.issuedAt) === 'valid') return;
  const origin = session.endpoint;
  const reason = 'its token had expired before it was issued';
  throw new OracleComputeError('UNUSABLE_COOKIE', `${origin} sent a cookie that cannot be used: ${reason}`, {
    origin,
    reason,
  });
}
