import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { type CancelableRequest, got, HTTPError, type OptionsInit, type Request, type Response } from 'got';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { collect, decoded, tooLarge } from './body.js';
import type { HttpAnswer, HttpRequest, HttpSettings, StreamedAnswer, StreamedRequest } from './client.js';
import { watchDownload, watchUpload } from './deadline.js';
import { Exchange } from './exchange.js';
import { gotOptions, NEW_CONNECTION, proxyOf, type Upload } from './got-options.js';
import { isLoopback } from './loopback.js';

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

export function send(settings: HttpSettings, request: HttpRequest): Promise<HttpAnswer> {
  return exchanged(settings, request, receive);
}

export function stream(settings: HttpSettings, request: StreamedRequest): Promise<StreamedAnswer> {
  return exchanged(settings, request, (exchange, options) => openStream(exchange, options, request.upload));
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
  const { origin } = request.url;
  const limitBytes = request.limitBytes ?? DEFAULT_LIMIT_BYTES;
  const sending: CancelableRequest<Response<Buffer>> = got(request.url, {
    ...options,
    ...retryOptions(exchange, options),
    responseType: 'buffer',
    isStream: false,
    resolveBodyOnly: false,
  });
  sending.on('request', (sent) => exchange.watch(sent));
  sending.on('downloadProgress', ({ transferred }) => {
    if (transferred > limitBytes) deadline.abort(tooLarge(origin, limitBytes));
  });
  const response = await sending;
  deadline.signal.throwIfAborted();
  const decodedBody = decoded(chunksOf(response.rawBody), response.headers['content-encoding'], origin);
  const body = await collect(decodedBody, limitBytes, origin);
  deadline.end();
  return { ...exchange.answerOf(response), body: response.ok ? body : exchange.withholdFrom(body) };
}

async function* chunksOf(body: Uint8Array): AsyncGenerator<Uint8Array, void> {
  if (body.length > 0) yield body;
}

/** got's own way to try again, by our rules. The wait is ours, by our clock; got then goes on at once. */
function retryOptions(exchange: Exchange, { agent }: OptionsInit): OptionsInit {
  return {
    retry: {
      calculateDelay: async ({ error }) => {
        const answered = error instanceof HTTPError;
        const delay = exchange.delayAfter(
          answered ? exchange.outcomeOf(error.response) : exchange.outcomeOfFailure(error),
        );
        if (delay === undefined) return 0;
        await exchange.pause(delay);
        return 1;
      },
    },
    hooks: {
      beforeRetry: [
        ({ options }) => {
          options.agent = agent ?? NEW_CONNECTION;
        },
      ],
    },
  };
}

/**
 * As `send`, until the headers of an answer are there. got tries a stream again only after it has read all of a refusal
 * into memory, so the loop is ours.
 */
async function openStream(
  exchange: Exchange,
  options: OptionsInit,
  upload: Upload | undefined,
): Promise<StreamedAnswer> {
  for (let next = options; ; next = { ...options, agent: options.agent ?? NEW_CONNECTION }) {
    const opened = await openOnce(exchange, next, upload).catch((error: unknown) => ({ error }));
    const outcome = 'error' in opened ? exchange.outcomeOfFailure(opened.error) : exchange.outcomeOf(opened.response);
    const delay = upload ? undefined : exchange.delayAfter(outcome);
    if (delay === undefined) {
      if ('error' in opened) throw opened.error;
      return streamedAnswer(exchange, opened);
    }
    if ('stream' in opened) discard(opened.stream);
    await exchange.pause(delay);
  }
}

interface OpenedStream {
  readonly stream: Request;
  readonly response: Response;
}

async function openOnce(exchange: Exchange, options: OptionsInit, upload: Upload | undefined): Promise<OpenedStream> {
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
function discard(stream: Request): void {
  const { socket } = stream;
  stream.destroy();
  // Some lines of Node keep the connection of an answer that was short, as if somebody had read it.
  socket?.destroy();
}

function streamedAnswer(exchange: Exchange, { stream, response }: OpenedStream): StreamedAnswer {
  const chunks = watchDownload(stream as AsyncIterable<Uint8Array>, exchange.deadline);
  const body = decoded(chunks, response.headers['content-encoding'], exchange.request.url.origin);
  return {
    ...exchange.answerOf(response),
    body: withOwnErrors(body, exchange),
    withhold: (text) => exchange.withhold(text),
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
