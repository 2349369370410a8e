import { OracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { shownText } from '../../lib/text.js';
import type { OutputStream } from './context.js';
import { isTerminal } from './is-terminal.js';

/**
 * Standard output or error, by Node's own stream. A failed write is an error of `drained` or `flushed`, because the stream
 * may report it later.
 *
 * @param open returns the stream; called when something is written, because loading a stream takes time
 * @param interruption ends the wait for a reader that no longer reads
 */
export function realOutput(descriptor: 1 | 2, open: () => NodeJS.WriteStream, interruption: AbortSignal): OutputStream {
  let isTTY: boolean | undefined;
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
      isTTY ??= isTerminal(descriptor);
      return isTTY;
    },
    get columns() {
      // A terminal that was not told its size has 0.
      return stream().columns || undefined;
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
    // The callback of a write that succeeded may still be due.
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
 * False if the reader is gone (`… | head -1`), which is not an error.
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
 * Suppresses the output of Node for `NODE_DEBUG`: it has headers, options and environments, and so tokens. A warning
 * replaces the first line; other output passes.
 *
 * Node reads the variable before the program starts, so the program cannot unset it. Each line is one call of `write`,
 * `HTTP 4711: text`, with the process id in colours or without.
 */
export function suppressNodeDebug(stderr: NodeJS.WriteStream, processId: number, program: string): void {
  const write = stderr.write.bind(stderr) as (...parts: unknown[]) => boolean;
  const debugLine = new RegExp(`^\\S+ (?:\u001b\\[\\d+m)?${processId}(?:\u001b\\[\\d+m)?: `);
  let hasWarned = false;
  stderr.write = (...parts: unknown[]) => {
    if (typeof parts[0] !== 'string' || !debugLine.test(parts[0])) return write(...parts);
    if (hasWarned) return true;
    hasWarned = true;
    return write(`${program}: NODE_DEBUG is ignored, because its output has tokens; use --debug to see requests\n`);
  };
}
