import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.js';
import type { OracleComputeError } from '../errors.js';

export interface HttpSettings {
  /** Milliseconds for one request, all its retries included. */
  readonly timeout: number;
  /** PEM text of certificate authorities to trust besides the usual ones. */
  readonly certificateAuthorities?: string;
  /** Allows plain http to hosts other than this machine's loopback addresses. */
  readonly allowHttp?: boolean;
  /**
   * The proxy variables (`https_proxy`, `no_proxy`, …), and `NODE_EXTRA_CA_CERTS`, which Node itself ignores if
   * `certificateAuthorities` are given.
   */
  readonly proxyEnvironment?: Readonly<Record<string, string | undefined>>;
  /** Gets the error for a file in NODE_EXTRA_CA_CERTS that another user can write; Node trusts it all the same. */
  readonly onUnsafeFile?: (fault: OracleComputeError) => void;
  /** Gets one line per request and answer, without secrets. */
  readonly debug?: (line: string) => void;
  /** Ends requests in progress when it aborts. */
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
   * When to send the request again after a failure. `always`: the request is idempotent. `any-5xx`: it is, and its
   * service answers 500 when it is overloaded. `answered`: after 429, 502, 503 and 504, or if the service never got the
   * request; not if the connection was cut in between. `unsent`: only if the failure shows that the service did not
   * take the request (a refused connection, 429, 503).
   */
  readonly retry?: 'always' | 'any-5xx' | 'answered' | 'unsent' | 'never';
  /** The most bytes of body to accept; default 1 MiB. */
  readonly limitBytes?: number;
}

export interface StreamedRequest extends HttpRequest {
  /** A body that is streamed, once. */
  readonly upload?: AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /**
   * The id by which the operators of the service find the call: the answer's, if it has the documented form of Oracle
   * Compute (a service may repeat a secret there); otherwise the one that was sent.
   */
  readonly callId: string | undefined;
  /** When the answer's headers arrived: milliseconds since the epoch, by this machine's clock. */
  readonly receivedAt: number;
  /** The `Date` header as milliseconds since the epoch; undefined if it is missing or malformed. */
  readonly serverTime: number | undefined;
  /** The `Retry-After` header in milliseconds from the answer; undefined if it is missing or malformed. */
  readonly retryAfter: number | undefined;
}

export interface StreamedAnswer extends Omit<HttpAnswer, 'body'> {
  /** The body as it arrives. The time limit of the request covers all of it, except the time that its reader takes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Restarts the time limit. For readers of a body that may take hours, each time that they get what they wait for. */
  readonly extend: () => void;
}

/**
 * Sends requests: verifies TLS, follows no redirects, and keeps to the deadline and the retries of the settings. Any
 * status is an answer, and no error. Failures are OracleComputeError UNREACHABLE, TLS_FAILED, TIMED_OUT,
 * ANSWER_UNREADABLE, ANSWER_TOO_LARGE, INSECURE_ADDRESS, PROXY_REFUSED, PROXY_MALFORMED, PROXY_UNSUPPORTED or
 * INTERRUPTED.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * As `send`, with a streamed body of any size. Never retried after the first byte. A body that is not read keeps its
   * connection open until the time limit.
   */
  stream(request: StreamedRequest): Promise<StreamedAnswer>;
}

/**
 * Does a URL's `hostname` stay on this machine? `localhost` and names under it (RFC 6761), 127.0.0.0/8 and [::1].
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
