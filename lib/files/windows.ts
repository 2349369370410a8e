import { platform } from 'node:os';
import { isOracleComputeError, systemErrorCode } from '../errors.js';

// What Windows does differently with files. The rules take the platform as a parameter, so that tests of every platform
// can try them.

/** Milliseconds. A reader or a virus scanner holds a file for less; a missing permission is reported after it. */
const BUSY_LIMIT = 3000;
const MIN_PAUSE = 5;
const MAX_PAUSE = 100;
/** What Windows answers while another process has a file open, or while a removed file is still open somewhere. */
const BUSY: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];

/**
 * Calls a function of the file system until no other process is in the way. On other platforms none can be, and it
 * is called once.
 *
 * @throws the last error, after three seconds
 */
export async function whileBusy<T>(call: () => T, system: NodeJS.Platform = platform()): Promise<T> {
  let waited = 0;
  for (let pause = MIN_PAUSE; ; pause = Math.min(pause * 1.5, MAX_PAUSE)) {
    try {
      return call();
    } catch (error) {
      const code = systemErrorCode(isOracleComputeError(error) ? error.cause : error);
      if (system !== 'win32' || waited > BUSY_LIMIT || !BUSY.includes(code)) throw error;
    }
    const wait = pause * (0.5 + Math.random());
    waited += wait;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Devices, also with an ending, and names that Windows would change: it removes dots and blanks at the end. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:[. ]|$)|[. ]$/i;

/** True for a name that no file or folder of this platform can have. */
export function isReservedName(name: string, system: NodeJS.Platform = platform()): boolean {
  return system === 'win32' && RESERVED.test(name);
}
