import { type Clock, systemClock } from '../../lib/clock.js';
import type { ComputeSession } from '../../lib/index.js';

/** Uses the session as a program does: one authenticated call. */
export async function use(session: ComputeSession): Promise<void> {
  const { status } = await session.request('GET', '/account/');
  if (status >= 400 && status !== 404) throw new Error(`the service answered ${status}`);
}

/** A computer's clock that is wrong by this many milliseconds. */
export function shiftedClock(ahead: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + ahead };
}
