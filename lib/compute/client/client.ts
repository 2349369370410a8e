import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer, HttpClient } from '../../http/client.js';
import { clockOffset } from '../../session/lifetimes.js';
import { parseObject, plainText } from '../../text.js';
import { cookieFromAnswer } from '../cookies/answer-cookie.js';
import { COOKIE_NAME } from '../token/token.js';

export const MEDIA_TYPE = 'application/oracle-compute-v3+json';
/** Asks for the names in a container only. */
export const DIRECTORY_TYPE = 'application/oracle-compute-v3+directory+json';

/** No answer to a login or a refresh has a body to speak of. */
const LIMIT_BYTES = 64 * 1024;

/** A token as it was issued. */
export interface IssuedToken {
  readonly value: string;
  /** How long its cookie lives in seconds, if the answer said so by `Max-Age` or `Expires`. */
  readonly maxAge: number | undefined;
  /** When the answer came: milliseconds since the epoch, by this machine's clock. */
  readonly receivedAt: number;
  /** How far the service's clock is ahead of this machine's, in milliseconds. */
  readonly clockOffset: number;
}

/** The two calls of Oracle Compute's REST interface that are about sessions. */
export class ComputeClient {
  constructor(
    private readonly http: HttpClient,
    /** The service's origin, see `parseEndpoint`. */
    readonly endpoint: string,
  ) {}

  /**
   * `POST /authenticate/`: a token for a user name and a password. Never sends a refused password again, nor any
   * password if it is unknown whether the service took it.
   *
   * @throws OracleComputeError CREDENTIALS_REFUSED, NO_COOKIE, SEVERAL_COOKIES, UNUSABLE_COOKIE, what
   *   `errorFromAnswer` makes of other statuses, and what HttpClient throws
   */
  async authenticate(user: string, password: string): Promise<IssuedToken> {
    const answer = await this.http.send({
      method: 'POST',
      url: new URL('/authenticate/', this.endpoint),
      headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
      body: JSON.stringify({ user, password }),
      retry: 'answered',
      limitBytes: LIMIT_BYTES,
    });
    if (answer.status === 401) {
      throw new OracleComputeError('CREDENTIALS_REFUSED', `${this.endpoint} refused the user name or the password`, {
        origin: this.endpoint,
        user,
        callId: answer.callId,
      });
    }
    if (!isSuccess(answer)) throw errorFromAnswer(answer, this.endpoint, 'login');
    const token = tokenFromAnswer(answer, this.endpoint);
    if (token) return token;
    throw new OracleComputeError('NO_COOKIE', `${this.endpoint} accepted the login and sent no cookie`, {
      origin: this.endpoint,
      callId: answer.callId,
    });
  }

  /**
   * `GET /refresh/`: a token that lives longer, or undefined if the service did not extend the session.
   *
   * @param source the source of the token, for the message if the service refuses it
   * @throws OracleComputeError TOKEN_REFUSED, and as `authenticate`
   */
  async refresh(token: string, source: string): Promise<IssuedToken | undefined> {
    const answer = await this.http.send({
      method: 'GET',
      url: new URL('/refresh/', this.endpoint),
      headers: { accept: MEDIA_TYPE, cookie: `${COOKIE_NAME}=${token}` },
      retry: 'always',
      limitBytes: LIMIT_BYTES,
    });
    if (answer.status === 401) throw tokenRefused(this.endpoint, source, answer.callId);
    if (!isSuccess(answer)) throw errorFromAnswer(answer, this.endpoint, 'refresh');
    return tokenFromAnswer(answer, this.endpoint);
  }
}

/** The error for a token that the service answers with 401. `source` names the file or variable of the token. */
export function tokenRefused(origin: string, source: string, callId?: string): OracleComputeError<'TOKEN_REFUSED'> {
  return new OracleComputeError('TOKEN_REFUSED', `${origin} does not accept the token from ${source}`, {
    origin,
    source,
    callId,
  });
}

/** The token that any answer of the service may carry: the newest one counts from then on (OCM REST reference). */
export function tokenFromAnswer(answer: Omit<HttpAnswer, 'body'>, endpoint: string): IssuedToken | undefined {
  const cookie = cookieFromAnswer(answer, endpoint);
  if (!cookie) return undefined;
  const { receivedAt, serverTime } = answer;
  return { ...cookie, receivedAt, clockOffset: clockOffset(serverTime, receivedAt) };
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** What the service says of an error (REST reference, 2.6): its `message`. */
function serviceMessage(body: Uint8Array): string | undefined {
  const message = parseObject(body)?.message;
  return typeof message === 'string' ? plainText(message, 200) : undefined;
}

/** Another kind of service names a `code` beside its message: then the address is wrong, not the request. */
function isForeignBody(body: Uint8Array): boolean {
  return typeof parseObject(body)?.code === 'string';
}

/**
 * The error for an answer other than 2xx and 401: a redirect, a refusal, or a service in trouble. The meaning of 401
 * depends on the call, so the caller handles it. For an answer to a login or a refresh, only the status is shown: any
 * part of the answer may hold the password or the token.
 *
 * @param call whose answer it is: of a login or a refresh, whose path is not the caller's choice, or of a request
 */
export function errorFromAnswer(
  answer: HttpAnswer,
  origin: string,
  call: 'login' | 'refresh' | 'request',
): OracleComputeError {
  const { status, callId } = answer;
  if (status >= 300 && status < 400) return redirected(answer, origin, call);
  if (status === 429) {
    const { retryAfter } = answer;
    const retryAfterSeconds = retryAfter === undefined ? undefined : Math.ceil(retryAfter / 1000);
    return new OracleComputeError('TOO_MANY_REQUESTS', `${origin} limits requests (HTTP 429)`, {
      origin,
      status,
      callId,
      retryAfterSeconds,
    });
  }
  if (status >= 500 && status < 600) {
    return new OracleComputeError('SERVICE_FAILED', `${origin} failed (HTTP ${status})`, {
      origin,
      status,
      callId,
    });
  }
  if (status < 400 || status >= 600) {
    return new OracleComputeError('ANSWER_UNREADABLE', `${origin} sent the unexpected HTTP status ${status}`, {
      origin,
      callId,
    });
  }
  if (status === 415 && isForeignBody(answer.body)) {
    return new OracleComputeError(
      'NOT_THE_COMPUTE_SERVICE',
      `${origin} is another service, not Oracle Compute (HTTP 415)`,
      {
        origin,
        status,
      },
    );
  }
  const said = call === 'request' ? serviceMessage(answer.body) : undefined;
  const what = said === undefined ? '' : `: ${said}`;
  return new OracleComputeError('REQUEST_REFUSED', `${origin} refused the request (HTTP ${status})${what}`, {
    origin,
    status,
    callId,
    isLogin: call === 'login',
  });
}

function redirected(answer: HttpAnswer, origin: string, call: string): OracleComputeError {
  const location = call === 'request' ? (answer.headers.location ?? '') : '';
  const target = location !== '' && URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  const name = target?.origin === 'null' ? target.protocol : target?.origin;
  const path = name === origin ? target?.pathname.slice(0, 200) : undefined;
  const where = name === undefined ? '' : ` to ${path ?? name}`;
  return new OracleComputeError(
    'REDIRECTED',
    `${origin} redirects${where} (HTTP ${answer.status}), which was not followed`,
    { origin, target: name, path },
  );
}
