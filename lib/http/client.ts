import type { IncomingHttpHeaders } from 'node:http';
import type { Options } from 'got';
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
   * What may be sent a second time after a failure. `always`: the request does nothing twice. `any-5xx`: nor does it,
   * and its service answers 500 when it is in trouble. `answered`: where the
   * service answered that it is in trouble, or never got the request; not where the connection was cut in between.
   * `unsent`: only where the failure shows that the service never took the request (a refused connection, 429, 503).
   */
  readonly retry?: 'always' | 'any-5xx' | 'answered' | 'unsent' | 'never';
  /** The most bytes of body to accept; default 1 MiB. */
  readonly limitBytes?: number;
}

export interface StreamedRequest extends HttpRequest {
  /** A body that is sent as it comes, once. */
  readonly upload?: AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /**
   * By which the operators of the service find the call: that of the answer, if it has the documented form of Oracle
   * Compute, for a service may repeat a secret there; else the one that was sent.
   */
  readonly callId: string | undefined;
  /** When the answer's headers arrived: milliseconds since the epoch, by this machine's clock. */
  readonly receivedAt: number;
  /** The `Date` header as milliseconds since the epoch, if there is one that can be read. */
  readonly serverTime: number | undefined;
  /** The `Retry-After` header in milliseconds from the answer, if there is one that can be read. */
  readonly retryAfter: number | undefined;
}

export interface StreamedAnswer extends Omit<HttpAnswer, 'body'> {
  /** As it comes. The time limit of the request counts for all of it, but for what its reader takes to deal with it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Begins the time limit anew. For readers of bodies that may go on for hours, whenever they got what they wait for. */
  readonly extend: () => void;
}

/**
 * Sends requests: TLS verified, no redirect followed, deadline and retries as the settings say. Any status is an
 * answer; what it means is the caller's business. Failures are OracleComputeError UNREACHABLE, TLS_FAILED, TIMED_OUT,
 * ANSWER_UNREADABLE, ANSWER_TOO_LARGE, INSECURE_ADDRESS, PROXY_REFUSED, PROXY_MALFORMED, PROXY_UNSUPPORTED or INTERRUPTED.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * As `send`, with a body that is read as it comes and is not limited in size. Never retried after the first byte. A body
   * that nobody begins to read keeps the connection until the time limit.
   */
  stream(request: StreamedRequest): Promise<StreamedAnswer>;
}

/**
 * True for the names and addresses that never leave this machine: `localhost` and names under it (RFC 6761), 127.0.0.0/8
 * and ::1. Takes a URL's `hostname`, so IPv6 in brackets.
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** `*.localhost` is this machine (RFC 6761), but not every C library resolves it. */
export const lookUpLoopback = ((_hostname: string, options: unknown, callback?: unknown) => {
  const done = (typeof options === 'function' ? options : callback) as (...results: unknown[]) => void;
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (all) done(null, addresses);
  else done(null, '127.0.0.1', 4);
}) as unknown as NonNullable<Options['dnsLookup']>;
