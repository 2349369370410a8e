import type { Clock } from '../clock.js';
import type { RefreshOptions, SessionKeeper } from './session-keeper.js';
import { type StoredSession, serviceTime } from './stored-session.js';

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Ends the keeping. */
  readonly signal: AbortSignal;
  /** Where the password comes from when the session is over; without one the session is kept until then. */
  readonly reauthenticate?: RefreshOptions['reauthenticate'];
  /** Hears of the first of several failures in a row. The keeping goes on: the next attempt may succeed. */
  readonly onFailure: (error: unknown) => void;
}

/** A timer does not run while a machine sleeps, so none runs for longer than this. Milliseconds. */
const LONGEST_PAUSE = 60_000;
const SHORTEST_PAUSE = 500;

/**
 * Keeps a stored session fresh until the signal aborts: each token is renewed at half of its life, so that whoever
 * reads the session finds a token with at least that much left, and one failure does no harm.
 */
export async function keepAlive(keeper: SessionKeeper, first: StoredSession, options: KeepAliveOptions): Promise<void> {
  const { clock, signal, reauthenticate, onFailure } = options;
  let session = first;
  for (let failures = 0; ; ) {
    const pause = failures === 0 ? untilRenewal(session, clock) : SHORTEST_PAUSE * 2 ** failures;
    await clock.sleep(Math.min(Math.max(pause, SHORTEST_PAUSE), LONGEST_PAUSE), signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      session = (await keeper.refresh({ minValid: halfLife, reauthenticate })).session;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (failures === 0) onFailure(error);
      failures += 1;
    }
  }
}

function halfLife(session: StoredSession): number {
  return Math.max(0, session.tokenExpiresAt - session.issuedAt) / 2;
}

/** At the end of its session a token is not renewed at half of its life: there is no later one to be had. */
function untilRenewal(session: StoredSession, clock: Clock): number {
  const left = session.tokenExpiresAt - serviceTime(session, clock);
  const half = halfLife(session);
  return left > half ? left - half : left;
}
