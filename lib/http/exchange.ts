import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Clock, LONGEST_TIMER } from '../clock.js';
import { isOracleComputeError, type OracleComputeError } from '../errors.js';
import { plainText } from '../text.js';
import type { HttpAnswer, HttpRequest, HttpSettings } from './client.js';
import { exchangeFailure, timedOut, wasUnsent } from './failure.js';
import { type Outcome, parseHttpDate, parseRetryAfter, retryDelay } from './retry.js';

type Head = Pick<IncomingMessage, 'statusCode' | 'headers'>;

/** One request with all its attempts: its one deadline, what is said of it with --debug, and when to try again. */
export class Exchange {
  readonly deadline: Deadline;
  private readonly started: number;
  private attempts = 0;
  private receivedAt = 0;

  /** @param proxy how messages call the proxy that the request goes through */
  constructor(
    private readonly settings: HttpSettings,
    readonly request: HttpRequest,
    proxy: string | undefined,
  ) {
    const { timeout, signal, clock } = settings;
    const { origin } = request.url;
    this.started = clock.monotonic();
    this.deadline = new Deadline(timeout, clock, () => timedOut(origin, timeout / 1000, proxy), signal);
  }

  /** Takes note of an attempt that is sent, and of its answer. */
  watch(sent: ClientRequest): void {
    const { method, url } = this.request;
    this.attempts += 1;
    this.debug(`> ${method} ${url.origin}${url.pathname}${this.attempts > 1 ? ` (attempt ${this.attempts})` : ''}`);
    sent.once('response', (head) => {
      this.receivedAt = this.settings.clock.now();
      this.debug(this.describeHead(head));
    });
  }

  /** How long to wait before the next attempt, in milliseconds; undefined where the outcome stands. */
  delayAfter(outcome: Outcome): number | undefined {
    const { clock, timeout } = this.settings;
    const delay = retryDelay(this.attempts, this.request.retry, outcome);
    // Waiting past the deadline would only turn a clear answer into a time-out.
    return delay !== undefined && clock.monotonic() - this.started + delay < timeout ? delay : undefined;
  }

  pause(milliseconds: number): Promise<void> {
    return this.settings.clock.sleep(milliseconds, this.deadline.signal);
  }

  outcomeOf(head: Head): Outcome {
    return { status: head.statusCode, retryAfter: this.retryAfter(head) };
  }

  /** The outcome of an attempt without an answer. */
  outcomeOfFailure(error: unknown): Outcome {
    const failure = this.failure(error);
    this.debug(`< ${isOracleComputeError(failure) ? failure.code : 'failed'}`);
    return { error: failure, unsent: wasUnsent(error) };
  }

  /** Our own error for an exchange that did not come to its end. */
  failure(error: unknown): unknown {
    if (this.deadline.signal.aborted) return this.deadline.signal.reason;
    return isOracleComputeError(error) ? error : exchangeFailure(error, this.request.url.origin);
  }

  /** What the caller learns of an answer besides its body. */
  answerOf(head: Head): Omit<HttpAnswer, 'body'> {
    return {
      status: head.statusCode ?? 0,
      headers: head.headers,
      callId: this.callIdOf(head),
      receivedAt: this.receivedAt,
      serverTime: this.serverTime(head),
      retryAfter: this.retryAfter(head),
    };
  }

  private serverTime({ headers: { date } }: Head): number | undefined {
    return date === undefined ? undefined : parseHttpDate(date, this.receivedAt);
  }

  /** By the service's clock. */
  private retryAfter(head: Head): number | undefined {
    return parseRetryAfter(head.headers['retry-after'], this.serverTime(head) ?? this.receivedAt);
  }

  private debug(line: string): void {
    this.settings.debug?.(plainText(line, 500));
  }

  /** Nothing of it as the service wrote it: any header may repeat a secret. */
  private describeHead(head: Head): string {
    const time = this.serverTime(head);
    const date = time === undefined ? '' : `, date ${new Date(time).toUTCString()}`;
    const callId = this.callIdOf(head);
    return `< ${head.statusCode}${date}${callId === undefined ? '' : `, call id ${callId}`}`;
  }

  private callIdOf({ headers: { 'x-oracle-compute-call-id': id } }: Head): string | undefined {
    return typeof id === 'string' && /^\d{6}[\da-f]{32}$/.test(id) ? id : this.request.headers?.['opc-request-id'];
  }
}

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
