import type { Clock } from '../../clock.js';
import { renewalMargin } from '../../session/lifetimes.js';
import { type IssuedToken, tokenRefused } from '../client/client.js';
import type { RefreshOptions, SessionKeeper } from '../session-keeper.js';
import { computeExpiredError } from '../session-rules.js';
import { serviceTime } from '../stored-session.js';
import type { EnvSession } from './env-session.js';

/** Where the token of a request comes from, and what becomes of it. */
export interface TokenSource {
  /** The variable or file that it comes from, for messages. */
  readonly source: string;
  /** A token that is good for a request now. */
  token(): Promise<string>;
  /** Another token in place of one that the service refused, or the error that says why there is none. */
  replace(refused: string, callId: string | undefined): Promise<string>;
  /** Keeps a newer token that an answer brought. */
  saveIfNewer(issued: IssuedToken): Promise<void>;
}

/** A token this close to its end might not outlast the request. Milliseconds; less for tokens that live for seconds. */
const REQUEST_MARGIN = 2 * 60_000;
/** The last token of a session is used almost to its end: a login before that would waste the session. Milliseconds. */
const LAST_MOMENTS = 20_000;

/**
 * The token of a stored session: renewed in time, begun anew where `reauthenticate` has a password, and kept up to
 * date by what answers bring.
 *
 * @param source the store, for messages
 */
export function storedTokenSource(
  keeper: SessionKeeper,
  source: string,
  reauthenticate: RefreshOptions['reauthenticate'],
): TokenSource {
  const options: RefreshOptions = {
    minValid: (session) => renewalMargin(session, REQUEST_MARGIN),
    minSession: (session) => Math.min(LAST_MOMENTS, (session.sessionExpiresAt - session.startedAt) / 30),
    reauthenticate,
  };
  const current = async (more: RefreshOptions = {}) => (await keeper.refresh({ ...options, ...more })).session.token;
  return {
    source,
    token: () => current(),
    replace: (refused) => current({ refused }),
    saveIfNewer: (issued) => keeper.saveIfNewer(issued),
  };
}

/**
 * A token that is stored nowhere, as in `OPC_COOKIE`: used as it is until it ends. A newer one could be kept nowhere.
 *
 * @param source where the token came from, for messages
 */
export function envTokenSource(session: EnvSession, clock: Clock, source: string): TokenSource {
  return {
    source,
    token: async () => {
      const over = session.timesKnown ? computeExpiredError(session, serviceTime(session, clock), source) : undefined;
      if (over) throw over;
      return session.token;
    },
    replace: async (_refused, callId) => {
      throw tokenRefused(session.endpoint, source, callId);
    },
    saveIfNewer: async () => undefined,
  };
}
