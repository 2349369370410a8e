import { Cookie, CookieJar } from 'tough-cookie';
import type { StoredSession } from '../stored-session.js';
import { COOKIE_NAME } from '../token/token.js';
import { sessionBlock } from './cookies-file.js';

/**
 * The text of a cookies file: what `CookieJar.deserialize` of tough-cookie reads, plus the key `session` with the
 * endpoint, the user and the absolute instants (ISO 8601).
 */
export function encodeCookiesFile(session: StoredSession): string {
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
