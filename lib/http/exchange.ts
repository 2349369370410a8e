import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Clock, MAX_TIMER } from '../clock.js';
import { isOracleComputeError, type OracleComputeError } from '../errors.js';
import { plainText } from '../text.js';
import type { HttpAnswer, HttpRequest, HttpSettings } from './client.js';
import { exchangeFailure, timedOut, wasUnsent } from './failure.js';
import { type Outcome, parseHttpDate, parseRetryAfter, retryDelay } from './retry.js';

type Head = Pick<IncomingMessage, 'statusCode' | 'headers'>;

/** Until when new requests to an origin wait, because it has too many of them: by the monotonic clock. */
export type Pauses = Map<string, number>;

/** One request with all its attempts: their one deadline, their debug lines, and when to retry. */
export class Exchange {
  readonly deadline: Deadline;
  private readonly started: number;
  private attempts = 0;
  private receivedAt = 0;

  /** @param proxy the proxy's origin, for messages */
  constructor(
    private readonly settings: HttpSettings,
    readonly request: HttpRequest,
    proxy: string | undefined,
    private readonly pauses: Pauses,
  ) {
    const { timeout, signal, clock } = settings;
    const { origin } = request.url;
    this.started = clock.monotonic();
    this.deadline = new Deadline(timeout, clock, () => timedOut(origin, timeout / 1000, proxy), signal);
  }

  /** Counts and logs an attempt, and logs its answer. */
  watch(sent: ClientRequest): void {
    const { method, url } = this.request;
    this.attempts += 1;
    this.debug(
      () => `> ${method} ${url.origin}${url.pathname}${this.attempts > 1 ? ` (attempt ${this.attempts})` : ''}`,
    );
    sent.once('response', (head) => {
      this.receivedAt = this.settings.clock.now();
      this.debug(() => this.describeHead(head));
    });
  }

  /**
   * How long to wait before the next attempt, in milliseconds; undefined if the outcome is final. New requests to a
   * service that has too many wait as long, final or not.
   */
  delayAfter(outcome: Outcome): number | undefined {
    const { clock, timeout } = this.settings;
    const { origin } = this.request.url;
    const delay = retryDelay(this.attempts, this.request.retry, outcome);
    if (outcome.status === 429 || outcome.status === 503) {
      const until = clock.monotonic() + Math.min(delay ?? outcome.retryAfter ?? 0, timeout);
      this.pauses.set(origin, Math.max(until, this.pauses.get(origin) ?? 0));
    }
    // A wait past the deadline would replace this answer by a timeout.
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
    this.debug(() => `< ${isOracleComputeError(failure) ? failure.code : 'failed'}`);
    return { error: failure, unsent: wasUnsent(error) };
  }

  /** The OracleComputeError for an exchange that failed. */
  failure(error: unknown): unknown {
    if (this.deadline.signal.aborted) return this.deadline.signal.reason;
    return isOracleComputeError(error) ? error : exchangeFailure(error, this.request.url.origin);
  }

  /** The caller's answer, without its body. */
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

  /** Milliseconds. A date in it is compared with the service's clock. */
  private retryAfter(head: Head): number | undefined {
    const { 'retry-after': header } = head.headers;
    return header === undefined ? undefined : parseRetryAfter(header, this.serverTime(head) ?? this.receivedAt);
  }

  private debug(line: () => string): void {
    this.settings.debug?.(plainText(line(), 500));
  }

  /** Only parsed values: any header may repeat a secret. */
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
 * The time limit of one exchange. It is suspended while this side is busy, and restarts only by `extend`: a stream may
 * take hours, but a slow body must not.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly interrupt: () => void;
  private timer: NodeJS.Timeout | undefined;
  private left: number;
  private since = 0;

  /** @param interruption ends the exchange too, with its own reason */
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

  /** Aborts at the time limit, with `interruption`, or by `abort`. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  private abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** Restarts the time limit. */
  extend(): void {
    this.left = this.milliseconds;
    if (this.timer) this.resume();
  }

  /** Stops the clock until `resume`. */
  suspend(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.left -= this.clock.monotonic() - this.since;
  }

  resume(): void {
    clearTimeout(this.timer);
    this.since = this.clock.monotonic();
    this.timer = setTimeout(() => this.abort(this.late()), Math.min(this.left, MAX_TIMER));
  }

  end(): void {
    clearTimeout(this.timer);
    this.interruption?.removeEventListener('abort', this.interrupt);
  }
}

/** An upload, with the deadline suspended while its source makes the next chunk. */
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

/** A download, with the deadline suspended while its reader handles a chunk. */
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
