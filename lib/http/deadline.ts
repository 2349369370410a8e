import { LONGEST_TIMER } from '../clock.js';
import type { OracleComputeError } from '../errors.js';

/**
 * The time limit of one exchange. A whole exchange has one; a stream, which may go on for hours, has one for each of
 * its silences: it extends the deadline with every chunk, and suspends it while the silence is our own.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly interrupt: () => void;

  /** @param interruption ends the exchange as well, with its own reason */
  constructor(
    private readonly milliseconds: number,
    private readonly late: () => OracleComputeError,
    private readonly interruption: AbortSignal | undefined,
  ) {
    this.interrupt = () => this.abort(interruption?.reason);
    interruption?.addEventListener('abort', this.interrupt, { once: true });
    this.extend();
    if (interruption?.aborted) this.interrupt();
  }

  /** Aborts when the time has passed, when the program is told to stop, or by `abort`. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the exchange for another reason than the time. */
  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** Begins the time anew. */
  extend(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abort(this.late()), Math.min(this.milliseconds, LONGEST_TIMER));
  }

  /** Stops the time until it is extended. */
  suspend(): void {
    clearTimeout(this.timer);
  }

  end(): void {
    clearTimeout(this.timer);
    this.interruption?.removeEventListener('abort', this.interrupt);
  }
}

/** A body on its way up: what its source takes to come up with the next chunk is not the service's silence. */
export async function* watchUpload(
  upload: AsyncIterable<Uint8Array>,
  deadline: Deadline,
): AsyncGenerator<Uint8Array, void> {
  const source = upload[Symbol.asyncIterator]();
  try {
    for (;;) {
      deadline.suspend();
      const next = await source.next();
      deadline.extend();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

/** A body on its way down: what its reader takes to deal with a chunk is not the service's silence. */
export async function* watchDownload(
  download: AsyncIterable<Uint8Array>,
  deadline: Deadline,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of download) {
      deadline.suspend();
      yield chunk;
      deadline.extend();
    }
  } finally {
    deadline.end();
  }
}
