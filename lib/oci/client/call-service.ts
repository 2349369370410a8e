import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../http/client.js';
import { clockOffset } from '../../session/lifetimes.js';
import { parseJson, parseObject } from '../../text.js';
import type { RequestSigner } from '../credentials/signer.js';

/** What a client of OCI's services needs of the outside. */
export interface ServiceParts {
  readonly http: HttpClient;
  readonly clock: Clock;
}

interface ServiceCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body?: string;
  readonly retry: HttpRequest['retry'];
  readonly signer: RequestSigner;
  /** What the credentials came from, for errors: a path or the name of a profile. */
  readonly source: string;
}

export interface ServiceAnswer {
  /** The parsed JSON body. */
  readonly body: unknown;
  /** When the answer arrived, by the service's clock if the answer has a time. Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly callId: string | undefined;
}

/** The service refuses requests from a clock more than five minutes off with the same 401 as a bad signature. */
const SKEW_WORTH_A_SECOND_TRY = 60_000;

/**
 * The codes of OCI's "API Errors" that these calls meet. Of a refusal nothing else is repeated: a service may write into any
 * other part of its answer what it was sent.
 */
const CODES = new Set(
  `CannotParseRequest IncorrectState InternalServerError InvalidParameter LimitExceeded MethodNotAllowed
   MissingParameter NotAuthenticated NotAuthorized NotAuthorizedOrNotFound NotFound ServiceUnavailable
   SignUpRequired TooManyRequests`.split(/\s+/),
);

/**
 * Sends a signed request and gives the JSON of a 200. If the service's own time shows that this machine's clock is
 * wrong, signs a refused request once more with the right time.
 *
 * @throws OracleComputeError TOKEN_REFUSED (401), REQUEST_REFUSED (other 4xx), TOO_MANY_REQUESTS, SERVICE_FAILED,
 *   REDIRECTED, ANSWER_UNREADABLE, and what the HTTP client throws
 */
export async function callService(parts: ServiceParts, call: ServiceCall): Promise<ServiceAnswer> {
  let answer = await sendSigned(parts, call, parts.clock.now());
  const offset = clockOffset(answer.serverTime, answer.receivedAt);
  if (answer.status === 401 && Math.abs(offset) >= SKEW_WORTH_A_SECOND_TRY) {
    answer = await sendSigned(parts, call, parts.clock.now() + offset);
  }
  if (answer.status !== 200) throw failureOf(answer, call);
  return {
    body: bodyOf(answer, call.url),
    receivedAt: answer.receivedAt + clockOffset(answer.serverTime, answer.receivedAt),
    callId: answer.callId,
  };
}

function sendSigned({ http }: ServiceParts, call: ServiceCall, now: number): Promise<HttpAnswer> {
  const { method, url, body, retry, signer } = call;
  const withBody = body === undefined ? {} : { body };
  return http.send({
    method,
    url,
    ...withBody,
    headers: {
      accept: 'application/json',
      'opc-request-id': randomBytes(16).toString('hex').toUpperCase(),
      ...signer.sign({ method, url, ...withBody }, now),
    },
    retry,
  });
}

function failureOf(answer: HttpAnswer, { url, source }: ServiceCall): OracleComputeError {
  const { origin } = url;
  const { status, callId } = answer;
  const code = parseObject(answer.body)?.code;
  const detail = typeof code === 'string' && CODES.has(code) ? code : undefined;
  const fields = { origin, callId, detail };
  const said = `${origin} answered ${status}${detail === undefined ? '' : ` (${detail})`}`;
  if (status === 401) return new OracleComputeError('TOKEN_REFUSED', said, { ...fields, source, cloud: 'oci' });
  if (status === 429) return new OracleComputeError('TOO_MANY_REQUESTS', said, { ...fields, status });
  if (status >= 500) return new OracleComputeError('SERVICE_FAILED', said, { ...fields, status });
  if (status >= 400) return new OracleComputeError('REQUEST_REFUSED', said, { ...fields, status });
  if (status >= 300) {
    const redirects = `${origin} redirects (HTTP ${status}), which was not followed`;
    return new OracleComputeError('REDIRECTED', redirects, { origin, cloud: 'oci' });
  }
  return new OracleComputeError('ANSWER_UNREADABLE', said, fields);
}

function bodyOf(answer: HttpAnswer, url: URL): unknown {
  const body = parseJson(answer.body);
  if (body === undefined) throw unreadable(url.origin, answer.callId);
  return body;
}

export function unreadable(origin: string, callId: string | undefined): OracleComputeError {
  return new OracleComputeError('ANSWER_UNREADABLE', `the answer of ${origin} cannot be read`, {
    origin,
    callId,
  });
}
