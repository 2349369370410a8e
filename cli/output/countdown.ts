import type { Context } from '../context/context.js';

const SECOND = 1000;

/**
 * Shows on a terminal how long is still waited, once a second on one line.
 *
 * @param milliseconds from now
 * @returns what ends it and clears the line
 */
export function startCountdown(text: string, milliseconds: number, context: Context): () => void {
  const { clock, env, stderr } = context;
  if (!stderr.isTTY || env.TERM === 'dumb') return () => undefined;
  const end = clock.monotonic() + milliseconds;
  const stopped = new AbortController();
  const tick = async (): Promise<void> => {
    for (;;) {
      const seconds = Math.max(0, Math.round((end - clock.monotonic()) / SECOND));
      const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      stderr.write(Buffer.from(`\r${text}, ${left} left `));
      await clock.sleep(SECOND, stopped.signal);
    }
  };
  tick().catch(() => undefined);
  return () => {
    stopped.abort();
    stderr.write(Buffer.from('\r\u001b[K'));
  };
}
