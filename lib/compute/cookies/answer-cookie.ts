import { Cookie } from 'tough-cookie';
import { OracleComputeError } from '../../errors.js';
import type { HttpAnswer } from '../../http/client.js';
import { COOKIE_NAME, isUsableToken } from '../token/token.js';

interface AnswerCookie {
  /** The token, byte for byte as the service sent it. */
  readonly value: string;
  /** The lifetime from `Max-Age` or `Expires`, in seconds, if one of them is readable. */
  readonly maxAge: number | undefined;
}

/** What servers write in place of a value that they take back. */
const DELETION = /^"?(?:deleted?(?:me)?|expired|null|undefined|none|invalid)?"?$/i;

/**
 * The service's cookie in an answer, or undefined. Ignores cookies of other names.
 *
 * @throws OracleComputeError SEVERAL_COOKIES; UNUSABLE_COOKIE if it could not be sent back to this endpoint alone
 */
export function cookieFromAnswer(answer: Omit<HttpAnswer, 'body'>, origin: string): AnswerCookie | undefined {
  const headers = (answer.headers['set-cookie'] ?? []).filter((header) =>
    header.trimStart().startsWith(`${COOKIE_NAME}=`),
  );
  const { callId } = answer;
  if (headers.length === 0) return undefined;
  if (headers.length > 1) {
    throw new OracleComputeError('SEVERAL_COOKIES', `${origin} sent ${headers.length} cookies instead of one`, {
      origin,
      callId,
    });
  }
  const unusable = (reason: string) =>
    new OracleComputeError('UNUSABLE_COOKIE', `${origin} sent a cookie that cannot be used: ${reason}`, {
      origin,
      reason,
      callId,
    });
  const cookie = Cookie.parse(headers[0] ?? '');
  if (!cookie) throw unusable('it cannot be read');
  if (!isUsableToken(cookie.value)) throw unusable('its value has characters that a cookie must not have');
  if (cookie.domain !== null) throw unusable('it is meant for other hosts as well');
  if (cookie.path !== '/') throw unusable('it is not meant for the whole service');
  const maxAge = lifeOf(cookie, answer.serverTime ?? answer.receivedAt);
  if (maxAge !== undefined && maxAge <= 0) throw unusable('it has ended already');
  if (DELETION.test(cookie.value)) throw unusable('its value says that it is deleted');
  return { value: cookie.value, maxAge };
}

/** The lifetime of a cookie in seconds: `Max-Age` overrides `Expires` (RFC 6265, 5.3). Undefined if it has neither. */
function lifeOf({ maxAge, expires }: Cookie, now: number): number | undefined {
  if (maxAge === '-Infinity') return 0;
  if (typeof maxAge === 'number' && Number.isFinite(maxAge)) return maxAge;
  return maxAge === null && expires instanceof Date ? (expires.getTime() - now) / 1000 : undefined;
}
