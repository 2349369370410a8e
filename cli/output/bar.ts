import type { Context } from '../context/context.js';

const WIDEST = 24;
/** A narrower bar says nothing. */
const NARROWEST = 4;

/**
 * A bar, filled by the share (0 to 1) that is left; empty where there is no room for one, or where the terminal cannot
 * show its characters.
 *
 * @param room how many characters the line has left
 */
export function renderBar(share: number, room: number, context: Pick<Context, 'stdout' | 'env' | 'platform'>): string {
  const width = Math.min(WIDEST, room);
  if (width < NARROWEST || !showsBars(context)) return '';
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

/** Where the locale (POSIX, 8.2: the first of the three that is set) has UTF-8; Windows has no such variables. */
function showsBars({ stdout, env, platform }: Pick<Context, 'stdout' | 'env' | 'platform'>): boolean {
  if (!stdout.isTTY || env.TERM === 'dumb') return false;
  return platform === 'win32' || /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
