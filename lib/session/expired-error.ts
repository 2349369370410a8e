import { OracleComputeError } from '../errors.js';
import { formatInstant } from './duration.js';
import { type SessionTimes, stateOf } from './lifetimes.js';

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
