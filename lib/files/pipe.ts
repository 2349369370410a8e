import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from '../errors.js';

const SHORTEST_POLL = 5;
const LONGEST_POLL = 50;
const CHUNK_BYTES = 64 * 1024;

/** A pipe that some process has already opened for us: `<(…)` of a shell, `/dev/stdin`. Any other has a name of its own. */
const HANDED_OVER = /^\/(?:dev|proc\/(?:self|\d+))\/(?:fd\/|std)/;

/** Opens a pipe or device, and reads it as `readPipe` does. */
export async function* readPipeAt(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    yield* readPipe(descriptor, path, signal);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The bytes of a pipe that was opened without blocking, to its end, however slowly they come. A named pipe that nobody
 * has opened for writing yet is waited for. Reading that blocks would keep the process alive after a signal.
 *
 * @param path the name that it was opened by
 * @throws `signal.reason` as soon as that aborts, and what the system says
 */
export async function* readPipe(descriptor: number, path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let hasWriter = !fstatSync(descriptor).isFIFO() || HANDED_OVER.test(path);
  for (let poll = SHORTEST_POLL; ; ) {
    signal?.throwIfAborted();
    const bytes = readSome(descriptor);
    if (bytes === 'ended' && hasWriter) return;
    if (typeof bytes !== 'string') {
      yield bytes;
      poll = SHORTEST_POLL;
    } else {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 1.5, LONGEST_POLL);
    }
    hasWriter ||= bytes !== 'ended';
  }
}

/** `empty`: somebody holds its other end and has written nothing yet. `ended`: nobody does. */
function readSome(descriptor: number): Buffer | 'empty' | 'ended' {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    return count === 0 ? 'ended' : chunk.subarray(0, count);
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return 'empty';
    throw error;
  }
}
