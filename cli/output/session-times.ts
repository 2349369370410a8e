import { describeDuration, formatInstant } from '../../lib/clock.js';
import type { SessionTimes } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import type { PaintCell } from './rows.js';
import type { Color, Paint } from './text.js';

const MINUTE = 60_000;

/** Oracle's line, byte for byte, because scripts look for it. Local time without a zone. */
export function validUntil({ tokenExpiresAt }: SessionTimes): string {
  return `Session is valid until ${localTime(tokenExpiresAt)}`;
}

/** What Oracle's line lacks: the zone, the time left, and the end of the session. */
export function describeTimes(times: SessionTimes, now: number): string {
  const end = (instant: number) => `in ${describeDuration(instant - now)}, ${formatInstant(instant)}`;
  return `token expires ${end(times.tokenExpiresAt)}; session expires ${end(times.sessionExpiresAt)}`;
}

/** For reading: `in 29 min, 2026-03-01 12:29:40 UTC`. */
export function describeEnd(instant: number, now: number): string {
  const distance =
    now < instant ? `in ${describeDuration(instant - now)}` : `expired ${describeDuration(now - instant)} ago`;
  return `${distance}, ${formatInstant(instant)}`;
}

/** Less than this is little. */
const LITTLE = 10 * MINUTE;

export function endColor(instant: number, now: number): Color {
  if (instant <= now) return 'red';
  return instant - now < LITTLE ? 'yellow' : 'green';
}

/** In a table of sessions: good is green, and what needs a login is red. */
export function stateColors(paint: Paint): PaintCell {
  return (text, column) => {
    if (column === 'state') return paint(text, text === 'valid' ? 'green' : text === 'expiring' ? 'yellow' : 'red');
    return paint(text, text.startsWith('expired') ? 'red' : undefined);
  };
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

/** A session on one line for a prompt: its name, the time left of the token and of the session: `T 42m/19h`. */
export function shortLine(name: string, times: SessionTimes, now: number): string {
  return `${name} ${shortDuration(times.tokenExpiresAt - now)}/${shortDuration(times.sessionExpiresAt - now)}`;
}

function shortDuration(milliseconds: number): string {
  const minutes = milliseconds < MINUTE ? 0 : Math.round(milliseconds / MINUTE);
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
