import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { type Agents, got, type OptionsInit, type Request, type Response } from 'got';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { collect, decoded } from './body.js';
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpSettings,
  isLoopback,
  lookUpLoopback,
  type StreamedAnswer,
  type StreamedRequest,
} from './client.js';
import { Exchange, watchDownload, watchUpload } from './exchange.js';
import type { HttpProxy } from './proxy.js';
import { trustedAuthorities } from './trust.js';

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

export function send(settings: HttpSettings, request: HttpRequest): Promise<HttpAnswer> {
  return exchanged(settings, request, receive);
}

export function stream(settings: HttpSettings, request: StreamedRequest): Promise<StreamedAnswer> {
  const { upload } = request;
  // What is uploaded is there only once.
  return exchanged(settings, upload ? { ...request, retry: 'never' } : request, async (exchange, options) =>
    streamedAnswer(exchange, await attempted(exchange, options, (next) => openOnce(exchange, next, upload), discard)),
  );
}

/** Runs one exchange, which ends with its answer or with an error of ours. */
async function exchanged<T>(
  settings: HttpSettings,
  request: StreamedRequest,
  run: (exchange: Exchange, options: OptionsInit) => Promise<T>,
): Promise<T> {
  refuseInsecure(request.url, settings);
  const proxy = await proxyOf(settings, request);
  const exchange = new Exchange(settings, request, proxy?.origin);
  try {
    return await run(exchange, await gotOptions(settings, request, proxy, exchange.deadline.signal));
  } catch (error) {
    exchange.deadline.end();
    throw exchange.failure(error);
  }
}

async function receive(exchange: Exchange, options: OptionsInit): Promise<HttpAnswer> {
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
 * Makes the attempts of an exchange, until the outcome of one stands. The loop is ours: got's own reads all of a
 * refusal into memory before it tries a stream again, and with Node 24.20 and 26.7 or later it gives up a request with a
 * body, and loses the reason, where the connection was refused (sindresorhus/got#2469, mended in a got for Node 22).
 *
 * @param drop gets what is not kept of an attempt
 */
async function attempted<T extends { readonly response: Response }>(
  exchange: Exchange,
  options: OptionsInit,
  attempt: (options: OptionsInit) => Promise<T>,
  drop: (result: T) => void = () => undefined,
): Promise<T> {
  for (let next = options; ; next = { ...options, agent: options.agent ?? NEW_CONNECTION }) {
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
  // Whoever reads the stream hears of its errors; there may be nobody yet.
  stream.on('error', () => undefined);
  const uploaded = upload && sendUpload(watchUpload(upload, exchange.deadline), stream);
  try {
    const [response] = (await once(stream, 'response')) as [Response];
    return { stream, response };
  } catch (error) {
    // What stopped the upload is the news, not that the request was not finished.
    throw (await uploaded) ?? error;
  }
}

/** Resolves to our own error where the source of the body failed; any other failure is the request's own. */
async function sendUpload(upload: Upload, stream: Request): Promise<OracleComputeError | undefined> {
  try {
    await pipeline(upload, stream);
  } catch (error) {
    if (isOracleComputeError(error)) return error;
  }
  return undefined;
}

/** An answer that nobody reads would keep its connection, and so the whole process, alive. */
function discard({ stream }: OpenedStream): void {
  const { socket } = stream;
  stream.destroy();
  // Some lines of Node keep the connection of an answer that was short, as if somebody had read it.
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

/** No connection that an agent keeps. */
export const NEW_CONNECTION: Agents = { http: false, https: false };

export type Upload = AsyncIterable<Uint8Array>;

/** The proxy for a request, where there is one. @throws OracleComputeError PROXY_MALFORMED, PROXY_UNSUPPORTED */
export async function proxyOf(settings: HttpSettings, { url }: HttpRequest): Promise<HttpProxy | undefined> {
  if (!settings.proxyEnvironment || isLoopback(url.hostname)) return undefined;
  const { findProxy } = await import('./proxy.js');
  return findProxy(url, settings.proxyEnvironment);
}

/** What got is told of one request: everything that it leaves open is decided here. */
export async function gotOptions(
  settings: HttpSettings,
  request: StreamedRequest,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<OptionsInit> {
  const { userAgent, certificateAuthorities, proxyEnvironment } = settings;
  const authorities = await trustedAuthorities(certificateAuthorities, proxyEnvironment?.NODE_EXTRA_CA_CERTS);
  return {
    method: request.method as NonNullable<OptionsInit['method']>,
    headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...request.headers },
    ...bodyOption(request),
    ...(proxy && { agent: await agentsThrough(proxy, signal, authorities) }),
    ...(request.url.hostname.endsWith('.localhost') && { dnsLookup: lookUpLoopback }),
    https: {
      // Said out loud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch it off.
      rejectUnauthorized: true,
      ...(authorities && { certificateAuthority: authorities }),
    },
    // A redirect would carry the password or the cookie to a place that nobody named.
    followRedirect: false,
    throwHttpErrors: false,
    // Decoded in body.ts, which loads what it needs only where a service encodes.
    decompress: false,
    signal,
  };
}

/** The library waits for a body to be written wherever a method may have one, unless it is told that it is empty. */
function bodyOption({ method, body, upload }: StreamedRequest): { body?: string | Uint8Array } {
  if (upload) return {};
  if (body !== undefined) return { body };
  return method === 'GET' || method === 'HEAD' ? {} : { body: '' };
}

async function agentsThrough(proxy: HttpProxy, signal: AbortSignal, certificateAuthorities: string[] | undefined) {
  const { tunnelAgents } = await import('./tunnel.js');
  return tunnelAgents({ proxy, signal, certificateAuthorities });
}
