import { fstatSync, statSync, writeSync } from 'node:fs';
import { systemErrorCode } from '../../lib/errors.js';
import type { OutputStream } from './world.js';

/** No more bytes than this in all go out at once: an empty pipe takes them without making us wait (POSIX, PIPE_BUF). */
const DIRECT_BYTES = 4096;

/**
 * Standard output or error. Node's stream for it takes as long to load as a small command runs, so what is short goes
 * straight to the descriptor, and the stream is opened where there is more to write, or a terminal to ask.
 *
 * @param descriptor 1 or 2
 * @param openStream opens Node's stream for that descriptor
 */
export function realOutput(descriptor: number, openStream: () => NodeJS.WriteStream): OutputStream {
  const kind = kindOf(descriptor);
  let opened: NodeJS.WriteStream | undefined;
  let isRead = true;
  let left = kind === 'other' ? DIRECT_BYTES : 0;
  const stream = () => {
    if (opened) return opened;
    opened = openStream();
    // A reader that has gone away (`… | head -1`) is no failure of ours.
    opened.on('error', () => {
      isRead = false;
    });
    return opened;
  };
  return {
    get isTTY() {
      return kind === 'terminal' && stream().isTTY === true;
    },
    get columns() {
      return kind === 'terminal' ? stream().columns : undefined;
    },
    write: (text) => {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      left -= bytes.length;
      const written = left < 0 ? 0 : writeAtOnce(descriptor, bytes);
      if (written === bytes.length) return;
      if (written === 'nobody reads') isRead = false;
      else stream().write(bytes.subarray(written));
      left = 0;
    },
    drained: async () => {
      if (isRead && opened?.writableNeedDrain) {
        await whenDrained(opened);
      }
      return isRead;
    },
  };
}

/** Leaves no listener behind: a long list waits many times. */
function whenDrained(stream: NodeJS.WriteStream): Promise<void> {
  const events = ['drain', 'error', 'close'];
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}

/** A character device may be a terminal; the null device, where cron and scripts send what they do not want, is none. */
function kindOf(descriptor: number): 'terminal' | 'other' {
  try {
    const own = fstatSync(descriptor);
    if (!own.isCharacterDevice()) return 'other';
    return own.rdev === statSync('/dev/null').rdev ? 'other' : 'terminal';
  } catch {
    return 'terminal';
  }
}

/** How many bytes went out. Less than all of them where the other end takes no more for now. */
function writeAtOnce(descriptor: number, bytes: Uint8Array): number | 'nobody reads' {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    return systemErrorCode(error) === 'EPIPE' ? 'nobody reads' : 0;
  }
}
