import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { isExtendable, type SessionTimes } from './lifetimes.js';

export interface KeepAliveOptions<S extends SessionTimes> {
  readonly clock: Clock;
  /** Ends the keeping. */
  readonly signal: AbortSignal;
  /** When the token was issued, and the time now, both by the service's clock. */
  readonly issuedAt: (session: S) => number;
  readonly serviceTime: (session: S) => number;
  /** Renews the session where its token does not live longer than `minValid` milliseconds. */
  readonly renew: (minValid: (session: S) => number) => Promise<S>;
  /** Hears of the first of several failures in a row. The keeping goes on: the next attempt may succeed. */
  readonly onFailure: (error: unknown) => void;
}

/** A timer does not run while a machine sleeps, so none runs for longer than this. Milliseconds. */
export const LONGEST_PAUSE = 60_000;
const SHORTEST_PAUSE = 500;

/**
 * Keeps a stored session fresh until the signal aborts, or until it is ended by a logout: each token is renewed at half
 * of its life, so that whoever reads the session finds a token with at least that much left, and one failure does no
 * harm.
 */
export async function keepAlive<S extends SessionTimes>(first: S, options: KeepAliveOptions<S>): Promise<void> {
  const { clock, signal, onFailure } = options;
  const halfLife = (session: S) => Math.max(0, session.tokenExpiresAt - options.issuedAt(session)) / 2;
  let session = first;
  for (let failures = 0; ; ) {
    const pause = failures === 0 ? untilRenewal(session, halfLife(session), options) : SHORTEST_PAUSE * 2 ** failures;
    await clock.sleep(Math.min(Math.max(pause, SHORTEST_PAUSE), LONGEST_PAUSE), signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      session = await options.renew(halfLife);
      failures = 0;
    } catch (error) {
      if (signal.aborted || isOracleComputeError(error, 'NO_SESSION')) return;
      if (failures === 0) onFailure(error);
      failures += 1;
    }
  }
}

/** At the end of its session there is no later token to be had. Before it, another host may be about to bring one. */
function untilRenewal<S extends SessionTimes>(session: S, half: number, options: KeepAliveOptions<S>): number {
  const left = session.tokenExpiresAt - options.serviceTime(session);
  if (left > half) return left - half;
  return isExtendable(session) ? left / 2 : left;
}
