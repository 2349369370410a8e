import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { got, type Request, type Response } from 'got';
import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { Authorities, isUnknownIssuer } from './authorities.js';
import type { HttpAnswer, HttpClient, HttpRequest, HttpSettings, StreamedAnswer } from './client.js';
import { Deadline, watchDownload, watchUpload } from './deadline.js';
import { exchangeFailure, timedOut, wasUnsent } from './failure.js';
import { type ClientParts, gotOptions, type Upload } from './got-options.js';
import { isLoopback } from './loopback.js';
import { type Outcome, parseRetryAfter, retryDelay } from './retry.js';

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/** The HTTP client of this package: got, with what it leaves open decided (see the traps named at each line). */
export function createHttpClient(settings: HttpSettings): HttpClient {
  const { certificateAuthorities, proxyEnvironment } = settings;
  const authorities = new Authorities(certificateAuthorities, proxyEnvironment?.NODE_EXTRA_CA_CERTS);
  const parts: ClientParts = { ...settings, authorities };
  return {
    // All that a request needs was loaded with this file.
    prepare: async () => undefined,
    send: async (request) => {
      const { deadline, ...answer } = await exchange(parts, request);
      try {
        return { ...answer, body: await readBody(answer.body, request) };
      } catch (error) {
        throw brokenOff(error, request, deadline);
      } finally {
        deadline.end();
      }
    },
    stream: async (request) => {
      const { deadline, ...answer } = await exchange(parts, request, request.upload);
      return { ...answer, body: withOwnErrors(watchDownload(answer.body, deadline), request, deadline) };
    },
  };
}

type OpenedAnswer = StreamedAnswer & { discard(): void };
type OpenAnswer = OpenedAnswer & { readonly deadline: Deadline };

/** Sends the request, again where that is right, until an answer stands or the deadline has passed. */
async function exchange(settings: ClientParts, request: HttpRequest, upload?: Upload): Promise<OpenAnswer> {
  refuseInsecure(request.url, settings);
  const { authorities, clock, debug, timeout } = settings;
  const { origin, pathname } = request.url;
  const deadline = new Deadline(timeout, () => timedOut(origin, timeout / 1000), settings.signal);
  const started = clock.monotonic();
  // What is on its way up cannot be sent twice.
  if (upload) authorities.trustAll();
  try {
    for (let attempt = 1; ; ) {
      debug?.(`> ${request.method} ${origin}${pathname}${attempt > 1 ? ` (attempt ${attempt})` : ''}`);
      const { areAllTrusted } = authorities;
      const connection = attempt > 1 ? 'new' : 'any';
      const outcome = await attemptOnce({ ...settings, connection }, request, deadline, upload);
      if (outcome.answer) debug?.(describeAnswer(outcome.answer));
      else debug?.(`< ${isOracleComputeError(outcome.error) ? outcome.error.code : 'failed'}`);
      if (!areAllTrusted && isUnknownIssuer(outcome.error)) {
        authorities.trustAll();
        continue;
      }
      const delay = upload ? undefined : retryDelay(attempt, request.retry, outcome);
      // Waiting past the deadline would only turn a clear answer into a time-out.
      const inTime = delay !== undefined && clock.monotonic() - started + delay < timeout;
      if (!inTime) {
        if (outcome.answer) return { ...outcome.answer, deadline };
        throw outcome.error;
      }
      // An answer that nobody reads would keep its connection, and so the whole process, alive.
      outcome.answer?.discard();
      await clock.sleep(delay, deadline.signal);
      attempt++;
    }
  } catch (error) {
    deadline.end();
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  }
}

async function attemptOnce(
  settings: ClientParts,
  request: HttpRequest,
  deadline: Deadline,
  upload: Upload | undefined,
): Promise<Outcome & { answer?: OpenedAnswer }> {
  try {
    const answer = await open(settings, request, deadline, upload);
    return {
      answer,
      status: answer.status,
      retryAfter: parseRetryAfter(answer.headers['retry-after'], answer.serverTime ?? answer.receivedAt),
    };
  } catch (error) {
    return { error: brokenOff(error, request, deadline), unsent: wasUnsent(error) };
  }
}

async function open(
  settings: ClientParts,
  request: HttpRequest,
  deadline: Deadline,
  upload: Upload | undefined,
): Promise<OpenedAnswer> {
  const stream = got.stream(request.url, await gotOptions(settings, request, deadline.signal, upload));
  let socket: Socket | undefined;
  whenSent(stream, (sent) => {
    socket = sent;
    if (request.meanwhile && sent.connecting) sent.once('connect', request.meanwhile);
  });
  const uploaded = upload && sendUpload(watchUpload(upload, deadline), stream);
  const response = await responseOf(stream).catch(async (error: unknown) => {
    // What stopped the upload is the news, not that the request was not finished.
    throw (await uploaded) ?? error;
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: stream as AsyncIterable<Uint8Array>,
    receivedAt: settings.clock.now(),
    serverTime: parseDate(response.headers.date),
    discard: () => {
      stream.destroy();
      // Some lines of Node keep the connection of an answer that was short, as if somebody had read it.
      socket?.destroy();
    },
  };
}

/** Resolves to our own error where the source of the body failed; any other failure is the request's own. */
async function sendUpload(upload: Upload, stream: Request): Promise<OracleComputeError | undefined> {
  const { pipeline } = await import('node:stream/promises');
  try {
    await pipeline(upload, stream);
  } catch (error) {
    if (isOracleComputeError(error)) return error;
  }
  return undefined;
}

/** Calls `then` with the connection by which the request goes out. */
function whenSent(stream: Request, then: (socket: Socket) => void): void {
  stream.once('request', (sent: ClientRequest) => void sent.once('socket', then));
}

function responseOf(stream: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
  });
}

function refuseInsecure(url: URL, settings: HttpSettings): void {
  if (url.protocol === 'https:' || settings.allowHttp || isLoopback(url.hostname)) return;
  throw new OracleComputeError(
    'INSECURE_ADDRESS',
    `${url.origin} is plain http, which shows passwords and tokens to the network`,
    {
      address: url.origin,
    },
  );
}

async function readBody(body: AsyncIterable<Uint8Array>, request: HttpRequest): Promise<Uint8Array> {
  const limitBytes = request.limitBytes ?? DEFAULT_LIMIT_BYTES;
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > limitBytes) {
      const { origin } = request.url;
      throw new OracleComputeError('ANSWER_TOO_LARGE', `${origin} sent more than ${limitBytes} bytes`, {
        origin,
        limitBytes,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

async function* withOwnErrors(body: Upload, request: HttpRequest, deadline: Deadline): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw brokenOff(error, request, deadline);
  }
}

/** Our own error for an exchange that did not come to its end. */
function brokenOff(error: unknown, request: HttpRequest, deadline: Deadline): unknown {
  if (deadline.signal.aborted) return deadline.signal.reason;
  return isOracleComputeError(error) ? error : exchangeFailure(error, request.url.origin);
}

/** Years have four digits (RFC 9110, 5.6.7); times far beyond that could not be calculated with. */
function parseDate(header: string | undefined): number | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return time >= Date.UTC(0, 0) && time < Date.UTC(10_000, 0) ? time : undefined;
}

/** Names only headers that never hold a secret. */
function describeAnswer(answer: Omit<HttpAnswer, 'body'>): string {
  const callId = answer.headers['x-oracle-compute-call-id'] ?? answer.headers['opc-request-id'];
  const parts = [
    `< ${answer.status}`,
    answer.headers.date && `date ${answer.headers.date}`,
    callId && `call id ${callId}`,
  ];
  return parts.filter(Boolean).join(', ');
}
