import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { SessionProfile } from './config/session-profile.js';

/** Beside the token: the end of the session of which somebody has been told. */
export const END_NOTICE = '.end-notice';

/**
 * Is it time to tell somebody that the session ends soon? Once for each session, whatever runs how often.
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
