import { once } from 'node:events';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { SecureContext } from 'node:tls';
import { type Agents, got, type OptionsInit, type Request, type Response } from 'got';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { collect, decoded } from './body.js';
import {
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
  type HttpSettings,
  isLoopback,
  type StreamedAnswer,
  type StreamedRequest,
} from './client.js';
import { Exchange, type Pauses, watchDownload, watchUpload } from './exchange.js';
import type { HttpProxy } from './proxy.js';
import { trustOf } from './trust.js';

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/** A client that sends its requests with got. */
export function gotClient(settings: HttpSettings): HttpClient {
  let trusted: Promise<Trusted | undefined> | undefined;
  const client: Client = {
    ...settings,
    pauses: new Map(),
    trusted: () => {
      trusted ??= trustedConnections(settings);
      return trusted;
    },
  };
  return {
    send: (request) => exchanged(client, request, receive),
    stream: (request) => {
      const { upload } = request;
      // An upload cannot be read a second time.
      return exchanged(client, upload ? { ...request, retry: 'never' } : request, async (exchange, options) => {
        const opened = await attempted(exchange, options, (next) => openOnce(exchange, next, upload), discard);
        return streamedAnswer(exchange, opened);
      });
    },
  };
}

interface Client extends HttpSettings {
  /** Made for the first request that needs it. undefined: what Node trusts, and its agent. */
  readonly trusted: () => Promise<Trusted | undefined>;
  readonly pauses: Pauses;
}

interface Trusted {
  readonly trust: SecureContext;
  /** Keeps connections as Node's own agent does. That one would be given, and compare, all authorities each time. */
  readonly agents: Agents;
}

async function trustedConnections(settings: HttpSettings): Promise<Trusted | undefined> {
  const { certificateAuthorities, proxyEnvironment } = settings;
  const trust = await trustOf(certificateAuthorities, proxyEnvironment?.NODE_EXTRA_CA_CERTS);
  if (!trust) return undefined;
  const https = new HttpsAgent({ secureContext: trust, keepAlive: true, scheduling: 'lifo', timeout: 5000 });
  return { trust, agents: { https } };
}

/** Runs one exchange. @throws OracleComputeError and nothing else */
async function exchanged<T>(
  client: Client,
  request: StreamedRequest,
  run: (exchange: Exchange, options: AttemptOptions) => Promise<T>,
): Promise<T> {
  refuseInsecure(request.url, client);
  const proxy = await proxyOf(client, request);
  const { clock, pauses, signal } = client;
  const pause = (pauses.get(request.url.origin) ?? 0) - clock.monotonic();
  if (pause > 0) await clock.sleep(pause, signal);
  const exchange = new Exchange(client, request, proxy?.origin, pauses);
  try {
    return await run(exchange, await gotOptions(client, request, proxy, exchange.deadline.signal));
  } catch (error) {
    exchange.deadline.end();
    throw exchange.failure(error);
  }
}

async function receive(exchange: Exchange, options: AttemptOptions): Promise<HttpAnswer> {
  const { deadline, request } = exchange;
  const { response, body } = await attempted(exchange, options, async (next) => {
    const { stream, response } = await openOnce(exchange, next);
    const { origin } = request.url;
    const chunks = decoded(stream as AsyncIterable<Uint8Array>, response.headers['content-encoding'], origin);
    return { response, body: await collect(chunks, request.limitBytes ?? DEFAULT_LIMIT_BYTES, origin) };
  });
  deadline.end();
  return { ...exchange.answerOf(response), body };
}

/**
 * Makes attempts until one is not to be retried. got's own retries do not fit: they read the whole body of a failed
 * stream into memory, and with Node 24.20 and 26.7 or later they lose the error of a request with a body whose
 * connection was refused (sindresorhus/got#2469, fixed in a got for Node 22).
 *
 * @param drop gets the result of an attempt that is followed by another
 */
async function attempted<T extends { readonly response: Response }>(
  exchange: Exchange,
  options: AttemptOptions,
  attempt: (options: OptionsInit) => Promise<T>,
  drop: (result: T) => void = () => undefined,
): Promise<T> {
  for (let next = options.first; ; next = options.again) {
    const result = await attempt(next).catch((error: unknown) => ({ error }));
    const outcome = 'error' in result ? exchange.outcomeOfFailure(result.error) : exchange.outcomeOf(result.response);
    const delay = exchange.delayAfter(outcome);
    if (delay === undefined) {
      if ('error' in result) throw result.error;
      return result;
    }
    if (!('error' in result)) drop(result);
    await exchange.pause(delay);
  }
}

interface OpenedStream {
  readonly stream: Request;
  readonly response: Response;
}

async function openOnce(exchange: Exchange, options: OptionsInit, upload?: Upload): Promise<OpenedStream> {
  const stream = got.stream(exchange.request.url, options as OptionsInit & { isStream?: true });
  stream.on('request', (sent) => exchange.watch(sent));
  // The stream may fail before anyone reads it.
  stream.on('error', () => undefined);
  const uploaded = upload && sendUpload(watchUpload(upload, exchange.deadline), stream);
  try {
    const [response] = (await once(stream, 'response')) as [Response];
    return { stream, response };
  } catch (error) {
    // The cause is the upload's error, not the unfinished request.
    throw (await uploaded) ?? error;
  }
}

/** Resolves to the error of the upload's source, if it failed; other failures come from the request itself. */
async function sendUpload(upload: Upload, stream: Request): Promise<OracleComputeError | undefined> {
  try {
    await pipeline(upload, stream);
  } catch (error) {
    if (isOracleComputeError(error)) return error;
  }
  return undefined;
}

/** An unread answer would keep its connection, and so the process, alive. */
function discard({ stream }: OpenedStream): void {
  const { socket } = stream;
  stream.destroy();
  // Some Node versions keep the connection of a short answer open.
  socket?.destroy();
}

function streamedAnswer(exchange: Exchange, { stream, response }: OpenedStream): StreamedAnswer {
  const { deadline, request } = exchange;
  const { 'content-encoding': encoding } = response.headers;
  const body = watchDownload(decoded(stream as AsyncIterable<Uint8Array>, encoding, request.url.origin), deadline);
  return {
    ...exchange.answerOf(response),
    body: withOwnErrors(body, exchange),
    extend: () => deadline.extend(),
  };
}

async function* withOwnErrors(body: AsyncIterable<Uint8Array>, exchange: Exchange): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    throw exchange.failure(error);
  }
}

function refuseInsecure(url: URL, settings: HttpSettings): void {
  if (url.protocol === 'https:' || settings.allowHttp || isLoopback(url.hostname)) return;
  throw new OracleComputeError(
    'INSECURE_ADDRESS',
    `${url.origin} is plain http, which shows passwords and tokens to the network`,
    { address: url.origin },
  );
}

/** got's options for the attempts of one request. */
interface AttemptOptions {
  readonly first: OptionsInit;
  /** With a new connection: the kept one may be what failed. */
  readonly again: OptionsInit;
}

type Upload = AsyncIterable<Uint8Array>;

/** The proxy for a request, if there is one. @throws OracleComputeError PROXY_MALFORMED, PROXY_UNSUPPORTED */
async function proxyOf(settings: HttpSettings, { url }: HttpRequest): Promise<HttpProxy | undefined> {
  if (!settings.proxyEnvironment || isLoopback(url.hostname)) return undefined;
  const { findProxy } = await import('./proxy.js');
  return findProxy(url, settings.proxyEnvironment);
}

async function gotOptions(
  client: Client,
  request: StreamedRequest,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<AttemptOptions> {
  const { method, url, headers, body, upload } = request;
  // got would wait for a body to be written to the stream.
  const noBody = method === 'GET' || method === 'HEAD' ? undefined : '';
  const options: OptionsInit = {
    method: method as NonNullable<OptionsInit['method']>,
    headers: { 'user-agent': client.userAgent, 'accept-encoding': 'identity', ...headers },
    body: upload ? undefined : (body ?? noBody),
    dnsLookup: url.hostname.endsWith('.localhost') ? lookUpLoopback : undefined,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch verification off.
    https: { rejectUnauthorized: true },
    // A redirect could send the password or the cookie to another host.
    followRedirect: false,
    throwHttpErrors: false,
    // body.ts decodes, and loads node:zlib only if a service encodes.
    decompress: false,
    signal,
  };
  const trusted = proxy || url.protocol === 'https:' ? await client.trusted() : undefined;
  if (proxy) {
    const { tunnelAgents } = await import('./tunnel.js');
    const first = { ...options, agent: tunnelAgents({ proxy, signal, trust: trusted?.trust }) };
    return { first, again: first };
  }
  return {
    first: { ...options, agent: trusted?.agents },
    get again() {
      const newConnection = trusted ? { https: new HttpsAgent({ secureContext: trusted.trust }) } : NEW_CONNECTION;
      return { ...options, agent: newConnection };
    },
  };
}

/** Each request opens a connection. */
const NEW_CONNECTION: Agents = { http: false, https: false };

/** Resolves `*.localhost` to this machine (RFC 6761), which not every C library does. */
const lookUpLoopback = ((_hostname: string, options: unknown, callback?: unknown) => {
  const done = (typeof options === 'function' ? options : callback) as (...results: unknown[]) => void;
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (all) done(null, addresses);
  else done(null, '127.0.0.1', 4);
}) as unknown as NonNullable<OptionsInit['dnsLookup']>;
