import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.js';

export interface HttpSettings {
  /** Milliseconds for one request, all its retries included. */
  readonly timeout: number;
  /** PEM text of certificate authorities to trust besides the usual ones. */
  readonly certificateAuthorities?: string;
  /** Allows plain http to hosts other than this machine's loopback addresses. */
  readonly allowHttp?: boolean;
  /**
   * `http://user:password@host:port` by scheme, and the hosts to reach without it; from the usual variables. And
   * `NODE_EXTRA_CA_CERTS`, which Node does not read itself beside `certificateAuthorities`.
   */
  readonly proxyEnvironment?: Readonly<Record<string, string | undefined>>;
  /** Gets one line per request and answer, with nothing secret in it. */
  readonly debug?: (line: string) => void;
  /** Ends requests under way when it aborts. */
  readonly signal?: AbortSignal;
  readonly clock: Clock;
  /** Product name and version for the `user-agent` header. */
  readonly userAgent: string;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /**
   * What may be sent a second time after a failure. `always`: the request does nothing twice. `unsent`: only where the
   * failure shows that the service never took the request (a refused connection, 429, 503).
   */
  readonly retry?: 'always' | 'unsent' | 'never';
  /** The most bytes of body to accept; default 1 MiB. */
  readonly limitBytes?: number;
  /**
   * Called once a connection is made: while the service works, there is time to load what its answer will need. May be
   * called again with another attempt, and never where the connection is an old one.
   */
  readonly meanwhile?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** When the answer's headers arrived: milliseconds since the epoch, by this machine's clock. */
  readonly receivedAt: number;
  /** The `Date` header as milliseconds since the epoch, if there is one that can be read. */
  readonly serverTime: number | undefined;
}

export interface StreamedAnswer extends Omit<HttpAnswer, 'body'> {
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends requests: TLS verified, no redirect followed, deadline and retries as the settings say. Any status is an
 * answer; what it means is the caller's business. Failures are OracleComputeError UNREACHABLE, TLS_FAILED, TIMED_OUT,
 * ANSWER_UNREADABLE, ANSWER_TOO_LARGE, INSECURE_ADDRESS or INTERRUPTED.
 */
export interface HttpClient {
  /**
   * Loads what a request needs. Done before a token is chosen, so that on a busy machine no seconds pass between the
   * choice and the sending.
   */
  prepare(): Promise<void>;
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** As `send`, with a body that is read as it comes and is not limited in size. Never retried after the first byte. */
  stream(request: HttpRequest & { readonly upload?: AsyncIterable<Uint8Array> }): Promise<StreamedAnswer>;
}
