import { describeDuration, formatInstant } from '../../lib/session/duration.js';
import type { SessionTimes } from '../../lib/session/lifetimes.js';

/** Oracle's line, byte for byte: scripts look for it. Local time, and no zone. */
export function validUntil({ tokenExpiresAt }: SessionTimes): string {
  return `Session is valid until ${localTime(tokenExpiresAt)}`;
}

/** What Oracle's line leaves out: the zone, what is left, and the end of the session. */
export function describeTimes(times: SessionTimes, now: number): string {
  const end = (instant: number) => `${formatInstant(instant)}, in ${describeDuration(instant - now)}`;
  return `token until ${end(times.tokenExpiresAt)}; session until ${end(times.sessionExpiresAt)}`;
}

/** `YYYY-MM-DD HH:MM:SS` by the clock on the wall. */
function localTime(instant: number): string {
  const time = new Date(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

/** The times of a session for a program. */
export function timesForJson(times: SessionTimes, now: number) {
  const left = (instant: number) => Math.max(0, Math.floor((instant - now) / 1000));
  return {
    tokenExpiresAt: new Date(times.tokenExpiresAt).toISOString(),
    tokenSecondsLeft: left(times.tokenExpiresAt),
    sessionExpiresAt: new Date(times.sessionExpiresAt).toISOString(),
    sessionSecondsLeft: left(times.sessionExpiresAt),
  };
}
