import { OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { shownText } from '../../lib/text.js';
import type { OutputStream } from './context.js';

/**
 * Standard output or error, by Node's own stream. A write that fails is kept for whoever waits for what was written:
 * the stream tells of it later, or while it writes.
 *
 * @param open gives the stream; called when something is asked of it, because loading it costs time
 * @param interruption ends the waiting for a reader that reads no more
 */
export function realOutput(open: () => NodeJS.WriteStream, interruption: AbortSignal): OutputStream {
  let opened: NodeJS.WriteStream | undefined;
  let failure: unknown;
  let lastWrite = Promise.resolve();
  let hasWritten = false;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  const stream = () => {
    opened ??= open().on('error', fail);
    return opened;
  };
  return {
    get isTTY() {
      return stream().isTTY === true;
    },
    get columns() {
      return stream().columns;
    },
    get hasWritten() {
      return hasWritten;
    },
    write: (text) => {
      hasWritten = true;
      lastWrite = new Promise((resolve) => {
        stream().write(typeof text === 'string' ? shownText(text, stream().isTTY === true) : text, (error) => {
          if (error) fail(error);
          resolve();
        });
      });
    },
    drained: async () => {
      if (opened?.writableNeedDrain) await untilAborted(lastWrite, interruption);
      return isRead(failure);
    },
    flushed: async () => {
      await untilAborted(lastWrite, interruption);
      isRead(failure);
    },
  };
}

/** @throws the signal's reason */
function untilAborted(written: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // A write that has succeeded says so a moment later, and then it counts.
    const stop = () => void setImmediate(() => reject(signal.reason));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    written.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}

/**
 * False where the reader has gone away (`… | head -1`), which is no failure of ours.
 *
 * @throws OracleComputeError OUTPUT_FAILED
 */
function isRead(failure: unknown): boolean {
  if (failure === undefined) return true;
  const cause = systemErrorCode(failure) ?? 'unknown';
  if (cause === 'EPIPE') return false;
  const what = cause === 'ENOSPC' ? 'the disk is full' : cause;
  throw new OracleComputeError('OUTPUT_FAILED', `the output cannot be written: ${what}`, { cause }, { cause: failure });
}

/**
 * Keeps back what Node itself prints for `NODE_DEBUG`: its notes on requests and children hold headers, options and
 * environments, and so tokens. The first one is replaced by a line that says so; everything else passes.
 *
 * Node decides what it prints before any program begins, so this cannot be switched off where it comes from. Each of its
 * notes is one call, `HTTP 4711: text`, with the process id in colours or without.
 */
export function withholdNodeNotes(stderr: NodeJS.WriteStream, processId: number, program: string): void {
  const write = stderr.write.bind(stderr) as (...parts: unknown[]) => boolean;
  const note = new RegExp(`^\\S+ (?:\u001b\\[\\d+m)?${processId}(?:\u001b\\[\\d+m)?: `);
  let isSaid = false;
  stderr.write = (...parts: unknown[]) => {
    if (typeof parts[0] !== 'string' || !note.test(parts[0])) return write(...parts);
    if (isSaid) return true;
    isSaid = true;
    return write(`${program}: NODE_DEBUG shows nothing here, because tokens would be in it; --debug shows requests\n`);
  };
}
