import { isOracleComputeError, type OracleComputeError } from '../../errors.js';
import type { HttpClient, StreamedAnswer } from '../../http/client.js';
import { COOKIE_NAME } from '../token/token.js';
import { errorFromAnswer, type IssuedToken, MEDIA_TYPE, tokenFromAnswer, tokenRefused } from './client.js';

/** The body of a request: bytes, or a stream of them. */
export type RequestBody =
  | { readonly bytes: Uint8Array }
  | {
      /** Called once for each time that the body is sent. */
      readonly open: () => AsyncIterable<Uint8Array>;
      /** In bytes, if known. */
      readonly length?: number;
      /** Can it be opened a second time? */
      readonly repeatable: boolean;
    };

export interface ComputeRequest {
  readonly method: string;
  /** See `requestUrl`. */
  readonly url: URL;
  /** See `parseHeaders`; `accept` and `content-type` default to the service's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

/** With the token that was sent, which no message repeats. */
export type AuthenticatedAnswer = StreamedAnswer & { readonly token: string };

interface RequestDeps {
  readonly http: HttpClient;
  /** The variable or file that the token comes from, for messages. */
  readonly source: string;
  /** A token that is good for a request now. */
  token(): Promise<string>;
  /** Another token in place of one that the service refused; throws the reason if there is no other token. */
  replaceToken(refused: string, callId: string | undefined): Promise<string>;
  /** Stores a newer token that an answer brought. */
  saveIfNewer(issued: IssuedToken): Promise<void>;
  /** Called if a newer token could not be stored. The request itself goes on. */
  readonly onLostToken?: (error: OracleComputeError) => void;
}

/** No refusal has a longer body that says anything. */
const REFUSAL_LIMIT_BYTES = 64 * 1024;

/**
 * Sends one request with a good token. If the service refuses the token, sends the request once more with another
 * token. Stores a newer token that any of the answers brings.
 *
 * @returns the answer, with any status except 401; the caller must read its body to the end or cancel it
 * @throws OracleComputeError TOKEN_REFUSED, what getting a token throws, and what HttpClient throws
 */
export async function sendAuthenticated(deps: RequestDeps, request: ComputeRequest): Promise<AuthenticatedAnswer> {
  const { source } = deps;
  const { origin } = request.url;
  const token = await deps.token();
  const first = await sendWith(deps, request, token);
  if (first.status !== 401) return first;
  const { callId } = first;
  await readSome(first.body);
  if (request.body && 'open' in request.body && !request.body.repeatable) {
    throw tokenRefused(origin, source, callId);
  }
  const second = await sendWith(deps, request, await deps.replaceToken(token, callId));
  if (second.status !== 401) return second;
  await readSome(second.body);
  throw tokenRefused(origin, source, second.callId);
}

/** A refusal or a failure: the body, up to a limit, and the error for it. */
export async function readRefusal(
  answer: AuthenticatedAnswer,
  origin: string,
): Promise<{ readonly body: Uint8Array; readonly error: OracleComputeError }> {
  const body = await readSome(answer.body);
  const shown = (text: string) => text.replaceAll(answer.token, '…');
  const headers = { ...answer.headers, location: shown(answer.headers.location ?? '') };
  const said = Buffer.from(shown(Buffer.from(body).toString('utf8')));
  return { body, error: errorFromAnswer({ ...answer, headers, body: said }, origin, 'request') };
}

async function sendWith(deps: RequestDeps, request: ComputeRequest, token: string): Promise<AuthenticatedAnswer> {
  const { method, url, headers, body } = request;
  const upload = body && 'open' in body ? body : undefined;
  const answer = await deps.http.stream({
    method,
    url,
    headers: {
      accept: MEDIA_TYPE,
      ...(body && { 'content-type': MEDIA_TYPE }),
      ...headers,
      ...(upload?.length !== undefined && { 'content-length': String(upload.length) }),
      cookie: `${COOKIE_NAME}=${token}`,
    },
    body: body && 'bytes' in body ? body.bytes : undefined,
    upload: upload?.open(),
    retry: method === 'GET' || method === 'HEAD' ? 'always' : 'unsent',
  });
  await keepNewerToken(deps, answer, url.origin);
  return { ...answer, token };
}

async function keepNewerToken(deps: RequestDeps, answer: StreamedAnswer, origin: string): Promise<void> {
  try {
    const issued = tokenFromAnswer(answer, origin);
    if (issued) await deps.saveIfNewer(issued);
  } catch (error) {
    if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
    deps.onLostToken?.(error);
  }
}

/** The beginning of a body; the rest is given up, with its connection. What breaks off is as good as its beginning. */
async function readSome(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= REFUSAL_LIMIT_BYTES) break;
    }
  } catch (error) {
    if (isOracleComputeError(error, 'INTERRUPTED')) throw error;
  }
  return Buffer.concat(chunks, total).subarray(0, REFUSAL_LIMIT_BYTES);
}
