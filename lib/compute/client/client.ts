import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer, HttpClient } from '../../http/client.js';
import { clockOffset } from '../../session/lifetimes.js';
import { cookieFromAnswer } from '../cookies/answer-cookie.js';
import { COOKIE_NAME } from '../token/token.js';
import { errorFromAnswer } from './answer.js';

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
