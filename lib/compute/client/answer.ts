import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer } from '../../http/client.js';
import { parseObject, plainText } from '../../text.js';

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
