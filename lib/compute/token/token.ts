import { OracleComputeError } from '../../errors.js';
import type { Claims } from '../../session/lifetimes.js';
import { isPlainText, parseObject } from '../../text.js';

/** The cookie that the service calls its token by. */
export const COOKIE_NAME = 'nimbula';

const LONGEST_TOKEN = 16 * 1024;

/** What a token says of itself. It is never verified (only the service can) and never re-encoded. */
export interface TokenClaims extends Claims {
  readonly user?: string;
  /** The site of the service that issued it, such as `compute-us6-z99`. */
  readonly realm?: string;
}

/**
 * Reads the user and the two times out of a token: base64 (cloud) or plain (Oracle Cloud Machine) JSON, in which
 * `identity` is JSON text, in which `value` is JSON text. A token of another form gives no claims, and no error.
 */
export function readTokenClaims(token: string): TokenClaims {
  if (token.length > LONGEST_TOKEN) return {};
  const outer = parseObject(token.startsWith('{') ? token : Buffer.from(token, 'base64').toString('utf8'));
  const identity = parseObject(outer?.identity);
  const value = parseObject(identity?.value);
  if (!value) return {};
  const textOf = (member: unknown) => (typeof member === 'string' && isPlainText(member) ? member : undefined);
  return {
    tokenExpiresAt: toInstant(value.expires),
    sessionExpiresAt: toInstant(value.session_expires),
    user: textOf(value.user),
    realm: textOf(value.realm),
  };
}

/** Epoch seconds with a fraction, as the token has them, to whole milliseconds, rounded down. */
function toInstant(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 && seconds < 1e11
    ? Math.floor(seconds * 1000)
    : undefined;
}

/**
 * A token's fingerprint, by which it can be recognised and from which it cannot be recovered: 128 bits of its SHA-256.
 */
export async function fingerprint(token: string): Promise<string> {
  // Most commands need none, and would load the module in vain.
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(token).digest('base64url').slice(0, 22);
}

/** True for what can stand in a `Cookie` header and in a shell: printable ASCII without `;`. */
export function isUsableToken(token: string): boolean {
  return token !== '' && token.length <= LONGEST_TOKEN && /^[\x20-\x3a\x3c-\x7e]+$/.test(token);
}

/**
 * The token in a value that people keep in `OPC_COOKIE`: the bare cookie value, or the form that the REST manual
 * teaches, `nimbula=…; Path=/; Max-Age=1800`.
 *
 * @param from the variable's name, for the message
 * @throws OracleComputeError COOKIE_MALFORMED; the message never repeats the value
 */
export function parseCookieVariable(text: string, from: string): string {
  const trimmed = text.trim();
  const named = new RegExp(`^${COOKIE_NAME}=`, 'i').test(trimmed);
  const token = named
    ? trimmed
        .slice(COOKIE_NAME.length + 1)
        .replace(/;.*$/s, '')
        .trim()
    : trimmed;
  if (!isUsableToken(token)) {
    throw new OracleComputeError('COOKIE_MALFORMED', `the value of ${from} is not a cookie of the service`, { from });
  }
  return token;
}
