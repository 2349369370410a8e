import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { isExtendable, type SessionTimes } from './lifetimes.js';

interface KeepAliveOptions<S extends SessionTimes> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When the token was issued, and the time now, both by the service's clock. */
  readonly issuedAt: (session: S) => number;
  readonly serviceTime: (session: S) => number;
  /** Renews the session if its token does not live longer than `minValid` milliseconds. */
  readonly renew: (minValid: (session: S) => number) => Promise<S>;
  /** Gets the first of several errors in a row. The attempts continue. */
  readonly onFailure: (error: unknown) => void;
}

/** Timers stop while a machine sleeps, so none is longer than this. Milliseconds. */
export const LONGEST_PAUSE = 60_000;
const SHORTEST_PAUSE = 500;

/**
 * Renews a stored session until the signal aborts or a logout ends it. Each token is renewed at half of its lifetime, so
 * that every reader finds a token with at least that much left, and one failed attempt does no harm.
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

/** If the token lasts as long as its session, only a login helps. Before that, another host may renew it. */
function untilRenewal<S extends SessionTimes>(session: S, half: number, options: KeepAliveOptions<S>): number {
  const left = session.tokenExpiresAt - options.serviceTime(session);
  if (left > half) return left - half;
  return isExtendable(session) ? left / 2 : left;
}
