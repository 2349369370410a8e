import { type Clock, LONGEST_TIMER } from '../clock.js';
import type { OracleComputeError } from '../errors.js';

/**
 * The time limit of one exchange. It is suspended while the silence is our own, and begins anew only where somebody says
 * so: a stream may go on for hours, and a body that drips must not.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly interrupt: () => void;
  private timer: NodeJS.Timeout | undefined;
  private left: number;
  private since = 0;

  /** @param interruption ends the exchange as well, with its own reason */
  constructor(
    private readonly milliseconds: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly late: () => OracleComputeError,
    private readonly interruption: AbortSignal | undefined,
  ) {
    this.left = milliseconds;
    this.interrupt = () => this.abort(interruption?.reason);
    interruption?.addEventListener('abort', this.interrupt, { once: true });
    this.resume();
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

  /** Gives the whole time again. */
  extend(): void {
    this.left = this.milliseconds;
    if (this.timer) this.resume();
  }

  /** Stops the time until it is resumed. */
  suspend(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.left -= this.clock.monotonic() - this.since;
  }

  resume(): void {
    clearTimeout(this.timer);
    this.since = this.clock.monotonic();
    this.timer = setTimeout(() => this.abort(this.late()), Math.min(this.left, LONGEST_TIMER));
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
      deadline.resume();
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
      deadline.resume();
    }
  } finally {
    deadline.end();
  }
}
