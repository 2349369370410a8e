import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.js';
import { replacePrivateFile } from '../files/private-file.js';
import { LONGEST_PAUSE } from '../session/keep-alive.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { SessionProfile } from './config/session-profile.js';

/** The file beside the token that holds the session end already announced. */
export const END_NOTICE = '.end-notice';

/**
 * Whether to announce now that the session ends soon: once for each session, even if several processes ask.
 *
 * @param before this long before its end, in milliseconds
 */
export async function takeEndNotice(
  { securityTokenFile }: SessionProfile,
  { sessionExpiresAt }: SessionTimes,
  now: number,
  before: number,
): Promise<boolean> {
  if (sessionExpiresAt - now > before) return false;
  const path = join(dirname(securityTokenFile), END_NOTICE);
  const told = await fs.readFile(path, 'utf8').catch(() => '');
  if (told.trim() === String(sessionExpiresAt)) return false;
  await replacePrivateFile(path, `${sessionExpiresAt}\n`);
  return true;
}

const WARNING = 30 * 60_000;
const SHORTEST_PAUSE = 500;

interface EndWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The session as it was last seen: a login elsewhere may have begun a new one. */
  readonly latest: () => SessionTimes;
  /** Hears once of each session that it ends soon, and that it has ended. */
  readonly onNear: (sessionExpiresAt: number) => void;
  readonly onEnd: (sessionExpiresAt: number) => void;
}

/** Tells of the end of a session, half an hour before and when it comes, until the signal aborts. */
export async function watchSessionEnd({ clock, signal, latest, onNear, onEnd }: EndWatch): Promise<void> {
  const told = new Set<string>();
  const tell = (what: string, end: number, say: (end: number) => void) => {
    if (told.has(`${what} ${end}`)) return;
    told.add(`${what} ${end}`);
    say(end);
  };
  while (!signal.aborted) {
    const end = latest().sessionExpiresAt;
    const left = end - clock.now();
    if (left <= 0) tell('end', end, onEnd);
    else if (left <= WARNING) tell('near', end, onNear);
    const next = left > WARNING ? left - WARNING : left > 0 ? left : LONGEST_PAUSE;
    await clock.sleep(Math.min(Math.max(next, SHORTEST_PAUSE), LONGEST_PAUSE), signal).catch(() => undefined);
  }
}
