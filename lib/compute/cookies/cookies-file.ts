import { isUtf8 } from 'node:buffer';
import { OracleComputeError } from '../../errors.js';
import { COMPUTE_LIFETIMES, isInstant, limitTimes } from '../../session/lifetimes.js';
import { isObject, parseJson } from '../../text.js';
import { readExpirySource, type StoredSession } from '../stored-session.js';
import { COOKIE_NAME, fingerprint, isUsableToken } from '../token/token.js';

/** How a jar of curl begins, and one of Python's `http.cookiejar`. */
export const NETSCAPE_JAR = /^# (?:Netscape )?HTTP Cookie File/;

/** A jar larger than this, or with more cookies, is not handed to anyone: deserialising it could exhaust the stack. */
export const COOKIES_FILE_LIMIT_BYTES = 64 * 1024;
const MOST_COOKIES = 50;

/** More than any shell will have seen: a service that sends a new token with each answer must not fill the file. */
const MOST_EARLIER_TOKENS = 100;

/** The version of the `session` block's layout; a file of a later one is left alone. */
const SCHEMA_VERSION = 1;

/**
 * The text of a cookies file: what `CookieJar.deserialize` of tough-cookie reads, plus the key `session` with the
 * endpoint, the user and the absolute instants (ISO 8601).
 */
export async function encodeCookiesFile(session: StoredSession): Promise<string> {
  // Reading does without the library.
  const { Cookie, CookieJar } = await import('tough-cookie');
  const cookie = new Cookie({
    key: COOKIE_NAME,
    value: session.token,
    path: '/',
    // Absolute, because the library counts Max-Age from the last time the cookie was read.
    expires: new Date(session.tokenExpiresAt),
  });
  // A cookie of one host has nothing to do with the list of public suffixes.
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
  jar.setCookieSync(cookie, session.endpoint, { now: new Date(session.issuedAt) });
  return `${JSON.stringify({ ...jar.serializeSync(), session: sessionBlock(session) }, null, 2)}\n`;
}

/** What a cookies file has beside the jar. */
function sessionBlock(session: StoredSession) {
  return {
    schemaVersion: SCHEMA_VERSION,
    endpoint: session.endpoint,
    user: session.user,
    startedAt: new Date(session.startedAt).toISOString(),
    issuedAt: new Date(session.issuedAt).toISOString(),
    tokenExpiresAt: new Date(session.tokenExpiresAt).toISOString(),
    sessionExpiresAt: new Date(session.sessionExpiresAt).toISOString(),
    expirySource: session.expirySource,
    clockOffset: session.clockOffset,
    uptime: session.uptime,
    storeKey: session.storeKey,
    sharedIn: session.sharedIn,
    earlierTokens: session.earlierTokens,
  };
}

/**
 * Reads a cookies file that `encodeCookiesFile` wrote.
 *
 * @throws OracleComputeError COOKIES_FILE_CORRUPT, COOKIES_FILE_FOREIGN (another program's jar), COOKIES_FILE_NEWER
 */
export function decodeCookiesFile(bytes: Uint8Array, path: string): StoredSession {
  const corrupt = (what: string) =>
    new OracleComputeError('COOKIES_FILE_CORRUPT', `the cookies file ${path} is damaged: ${what}`, { path });
  if (bytes.length === 0) throw corrupt('it is empty');
  const file = isUtf8(bytes) ? parseJson(bytes) : undefined;
  if (file === undefined && NETSCAPE_JAR.test(Buffer.from(bytes).toString('latin1'))) {
    throw new OracleComputeError('COOKIES_FILE_FOREIGN', `the file ${path} is a jar of curl, which is only read`, {
      path,
    });
  }
  if (file === undefined) throw corrupt('it is not JSON');
  if (!isObject(file) || !isObject(file.session)) {
    throw new OracleComputeError('COOKIES_FILE_FOREIGN', `the file ${path} is not a cookies file of this program`, {
      path,
    });
  }
  const { session } = file;
  if (typeof session.schemaVersion === 'number' && session.schemaVersion > SCHEMA_VERSION) {
    throw new OracleComputeError('COOKIES_FILE_NEWER', `the cookies file ${path} was written by a newer version`, {
      path,
    });
  }
  const token = tokenIn(file.cookies);
  if (token === undefined) throw corrupt('it has no usable cookie');
  const { endpoint, user, clockOffset, expirySource, storeKey, sharedIn } = session;
  const times = {
    startedAt: toInstant(session.startedAt),
    issuedAt: toInstant(session.issuedAt),
    tokenExpiresAt: toInstant(session.tokenExpiresAt),
    sessionExpiresAt: toInstant(session.sessionExpiresAt),
  };
  if (typeof endpoint !== 'string' || typeof user !== 'string') throw corrupt('it names no endpoint or user');
  if (!URL.canParse(endpoint) || new URL(endpoint).origin !== endpoint) throw corrupt('its endpoint is not an address');
  if (!Object.values(times).every(isInstant)) throw corrupt('its times cannot be read');
  return {
    endpoint,
    user,
    token,
    ...limitTimes(COMPUTE_LIFETIMES, times),
    expirySource: readExpirySource(expirySource),
    clockOffset: isInstant(clockOffset) ? clockOffset : 0,
    ...uptimeIn(session.uptime),
    storeKey: typeof storeKey === 'string' ? storeKey : undefined,
    sharedIn: typeof sharedIn === 'string' ? sharedIn : undefined,
    ...earlierTokensIn(session.earlierTokens),
  };
}

/** The service's one cookie in the jar. Ignores its expiry: the `session` block has it. */
function tokenIn(cookies: unknown): string | undefined {
  if (!Array.isArray(cookies) || cookies.length > MOST_COOKIES || !cookies.every(isObject)) return undefined;
  const own = cookies.filter((cookie) => cookie.key === COOKIE_NAME);
  const value = own[0]?.value;
  return own.length === 1 && typeof value === 'string' && isUsableToken(value) ? value : undefined;
}

function uptimeIn(value: unknown): Pick<StoredSession, 'uptime'> {
  if (!isObject(value) || typeof value.boot !== 'string' || !isInstant(value.milliseconds)) return {};
  return { uptime: { boot: value.boot, milliseconds: value.milliseconds } };
}

/** Files of earlier versions have none. */
function earlierTokensIn(value: unknown): Pick<StoredSession, 'earlierTokens'> {
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isList ? { earlierTokens: value.slice(-MOST_EARLIER_TOKENS) } : {};
}

/** What the file remembers of its earlier tokens once `next` replaces `current`, also if a new login made `next`. */
export async function earlierTokens(
  current: StoredSession | undefined,
  next: StoredSession,
): Promise<Pick<StoredSession, 'earlierTokens'>> {
  if (!current) return { earlierTokens: undefined };
  const { earlierTokens: known = [], token } = current;
  if (token === next.token) return { earlierTokens: current.earlierTokens };
  return { earlierTokens: [...known, await fingerprint(token)].slice(-MOST_EARLIER_TOKENS) };
}

function toInstant(text: unknown): number {
  return typeof text === 'string' ? Date.parse(text) : Number.NaN;
}
