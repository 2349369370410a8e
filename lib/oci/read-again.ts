import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';

const TRIES = 6;
const PAUSE = 100;

/**
 * Reads a session, from its config on. A login, an import or a termination changes three files one after the other:
 * what reads in between may find halves of two sessions, and reads again. Milliseconds suffice as a rule.
 *
 * @param read reads the config too: it may name other files by now
 * @throws what `read` throws the last time
 */
export async function readAgain<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
  read: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const isHalfWay = isOracleComputeError(error, 'KEY_MISMATCH', 'KEY_FILE_MISSING', 'TOKEN_FILE_MISSING');
      if (!isHalfWay || attempt === TRIES) throw error;
      await clock.sleep(PAUSE, signal);
    }
  }
}
