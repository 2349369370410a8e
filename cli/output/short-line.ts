import type { SessionTimes } from '../../lib/session/lifetimes.js';

const MINUTE = 60_000;

/** A session on one line for a prompt: its name, what is left of the token, what is left of the session: `T 42m/19h`. */
export function shortLine(name: string, times: SessionTimes, now: number): string {
  return `${name} ${left(times.tokenExpiresAt - now)}/${left(times.sessionExpiresAt - now)}`;
}

function left(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}
