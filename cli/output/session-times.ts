import { describeDuration, formatInstant } from '../../lib/session/duration.js';
import type { SessionTimes } from '../../lib/session/lifetimes.js';
import type { Context } from '../context/context.js';

/** Oracle's line, byte for byte, because scripts look for it. Local time without a zone. */
export function validUntil({ tokenExpiresAt }: SessionTimes): string {
  return `Session is valid until ${localTime(tokenExpiresAt)}`;
}

/** What Oracle's line lacks: the zone, the time left, and the end of the session. */
export function describeTimes(times: SessionTimes, now: number): string {
  const end = (instant: number) => `${formatInstant(instant)}, in ${describeDuration(instant - now)}`;
  return `token until ${end(times.tokenExpiresAt)}; session until ${end(times.sessionExpiresAt)}`;
}

/** `YYYY-MM-DD HH:MM:SS` in local time. */
function localTime(instant: number): string {
  const time = new Date(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

/** The times of a session for JSON output. */
export function timesForJson(times: SessionTimes, now: number) {
  const left = (instant: number) => Math.max(0, Math.floor((instant - now) / 1000));
  return {
    tokenExpiresAt: new Date(times.tokenExpiresAt).toISOString(),
    tokenSecondsLeft: left(times.tokenExpiresAt),
    sessionExpiresAt: new Date(times.sessionExpiresAt).toISOString(),
    sessionSecondsLeft: left(times.sessionExpiresAt),
  };
}

const MINUTE = 60_000;

/** A session on one line for a prompt: its name, the time left of the token and of the session: `T 42m/19h`. */
export function shortLine(name: string, times: SessionTimes, now: number): string {
  return `${name} ${shortDuration(times.tokenExpiresAt - now)}/${shortDuration(times.sessionExpiresAt - now)}`;
}

function shortDuration(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}

const WIDEST = 24;
/** A narrower bar is not readable. */
const NARROWEST = 4;

/**
 * A bar, filled by the share (0 to 1) that is left. Empty if there is no room, or if the terminal cannot show its
 * characters.
 *
 * @param room characters that are free on the line
 */
export function renderBar(share: number, room: number, context: Pick<Context, 'stdout' | 'env' | 'platform'>): string {
  const width = Math.min(WIDEST, room);
  if (width < NARROWEST || !showsBars(context)) return '';
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

/** True if the locale (POSIX, 8.2: the first variable that is set) is UTF-8. Windows has no such variables. */
function showsBars({ stdout, env, platform }: Pick<Context, 'stdout' | 'env' | 'platform'>): boolean {
  if (!stdout.isTTY || env.TERM === 'dumb') return false;
  return platform === 'win32' || /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
