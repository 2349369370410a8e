import { parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { HttpClient } from '../../lib/index.js';
import type { RcDefaults } from '../../lib/oci/index.js';
import type { GeneralOptions } from '../flags/general.js';
import { readCertificateAuthorities } from '../settings/general.js';
import type { Context } from './context.js';
import { infoLogger } from './conversation.js';

/** The options of Oracle's CLI that say how to send a request. */
export interface OciRequestOptions extends GeneralOptions {
  readonly certBundle?: string;
  readonly proxy?: string;
  readonly noRetry?: boolean;
  readonly maxRetries?: string;
  readonly readTimeout?: string;
  readonly opcRequestId?: string;
  readonly opcClientRequestId?: string;
  readonly requestId?: string;
  /** No option: what Oracle's file with defaults says besides. */
  readonly defaults?: RcDefaults;
}

const DEFAULT_TIMEOUT = 30_000;

/** The time limit of one request in milliseconds. */
export function timeoutOf(options: GeneralOptions): number {
  if (options.timeout === undefined) return DEFAULT_TIMEOUT;
  const milliseconds = parseDuration(options.timeout);
  if (milliseconds >= 100) return milliseconds;
  throw new OracleComputeError('DURATION_MALFORMED', 'a time limit must be at least a tenth of a second', {
    given: options.timeout,
  });
}

/** The HTTP client as the general options and the environment have it, made with the first request. */
export function httpClient(options: GeneralOptions, context: Context): HttpClient {
  // Refuses a wrong time limit now.
  timeoutOf(options);
  let client: Promise<HttpClient> | undefined;
  const made = () => {
    client ??= makeClient(options, context);
    return client;
  };
  return {
    send: async (request) => (await made()).send(request),
    stream: async (request) => (await made()).stream(request),
  };
}

async function makeClient(options: GeneralOptions, context: Context): Promise<HttpClient> {
  const note = infoLogger(options, context);
  return context.http({
    timeout: timeoutOf(options),
    certificateAuthorities: await readCertificateAuthorities(options, context),
    allowHttp: options.allowHttp,
    proxyEnvironment: context.env,
    onUnsafeFile: ({ message }) => note(`NODE_EXTRA_CA_CERTS decides whom to trust, and ${message}`),
    debug: options.debug ? (line) => context.stderr.write(`${line}\n`) : undefined,
    signal: context.interruption,
    clock: context.clock,
    userAgent: `oracle-compute/${context.version}`,
  });
}

/** As `httpClient`, made for each request: while a process runs for days its CA bundle may be replaced. */
export function lastingHttpClient(options: GeneralOptions, context: Context): HttpClient {
  return {
    send: async (request) => (await makeClient(options, context)).send(request),
    stream: async (request) => (await makeClient(options, context)).stream(request),
  };
}

/** The HTTP client as Oracle's options and variables have it. */
export function ociHttpClient(options: OciRequestOptions, context: Context, make = httpClient): HttpClient {
  const { env } = context;
  const { defaults } = options;
  const fromEnvironment =
    env.OCI_CLI_CERT_BUNDLE || env.OPC_CA_BUNDLE || defaults?.certBundle || env.REQUESTS_CA_BUNDLE;
  const caBundle = options.caBundle ?? options.certBundle ?? fromEnvironment;
  const timeout = options.timeout ?? options.readTimeout;
  const debug = options.debug ?? defaults?.debug ?? false;
  const client = make(
    { ...options, debug, caBundle: caBundle || undefined, timeout },
    options.proxy === undefined ? context : { ...context, env: withProxy(env, options.proxy) },
  );
  return shaped(client, options);
}

function withProxy(env: Context['env'], proxy: string): Context['env'] {
  return { ...env, https_proxy: proxy, http_proxy: proxy };
}

/** What the line asks of every request. */
function shaped(client: HttpClient, options: OciRequestOptions): HttpClient {
  const { noRetry, maxRetries, defaults } = options;
  const opcRequestId = options.opcRequestId ?? options.opcClientRequestId ?? options.requestId;
  const once = noRetry || maxRetries === '0' || (maxRetries === undefined && defaults?.noRetry);
  if (!once && opcRequestId === undefined) return client;
  if (opcRequestId !== undefined && !/^[\x21-\x7e]{1,200}$/.test(opcRequestId)) {
    throw new OracleComputeError('USAGE', '--opc-request-id must be letters, digits and signs without spaces', {});
  }
  const shape = (request: Parameters<HttpClient['send']>[0]) => ({
    ...request,
    retry: once ? 'never' : request.retry,
    ...(opcRequestId !== undefined && { headers: { ...request.headers, 'opc-request-id': opcRequestId } }),
  });
  return {
    send: (request) => client.send(shape(request)),
    stream: (request) => client.stream(shape(request)),
  };
}
