import { Cookie, CookieJar } from 'tough-cookie';
import { expect, it } from 'vitest';
import { decodeCookiesFile, earlierTokens, encodeCookiesFile } from '../../../lib/compute/cookies/cookies-file.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';

const noon = Date.UTC(2026, 2, 9, 12);

const sessionAt = (endpoint: string): StoredSession => ({
  endpoint,
  user: '/Compute-acme/jack.jones@example.com',
  token: 'eyJpZGVudGl0eSI6ICJ7fSJ9+/==',
  startedAt: noon - 60_000,
  issuedAt: noon,
  tokenExpiresAt: noon + 1_800_000,
  sessionExpiresAt: noon + 10_740_000,
  expirySource: 'token',
  clockOffset: -3000,
});

const endpoints = [
  'https://api-z999.compute.us0.oraclecloud.com',
  'https://compute.example.com:8443',
  'http://127.0.0.1:8080',
  'https://[2001:db8::1]:8443',
  'https://xn--mller-kva.example',
  'http://localhost:1',
];

it.each(endpoints)('is the jar that tough-cookie would have written itself, for %s', async (endpoint) => {
  const session = sessionAt(endpoint);
  const { session: _, ...written } = JSON.parse(await encodeCookiesFile(session));
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
  const expires = new Date(session.tokenExpiresAt);
  const cookie = new Cookie({ key: 'nimbula', value: session.token, path: '/', expires });
  jar.setCookieSync(cookie, endpoint, { now: new Date(noon) });
  expect(JSON.stringify(written)).toBe(JSON.stringify(jar.serializeSync()));
});

it.each(endpoints)('is read by tough-cookie, and by us, for %s', async (endpoint) => {
  const text = await encodeCookiesFile(sessionAt(endpoint));
  const [cookie] = await CookieJar.deserializeSync(text).getCookies(`${endpoint}/refresh/`, { expire: false });
  expect(cookie?.value).toBe(sessionAt(endpoint).token);
  expect(decodeCookiesFile(Buffer.from(text), 'here')).toEqual(sessionAt(endpoint));
});

it.each([
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d])],
  ['half a file', Buffer.from('{"version"')],
  ['null', Buffer.from('null')],
])('%s are refused', (_what, bytes) => {
  expect(() => decodeCookiesFile(bytes, 'here')).toThrow(
    /here is (?:damaged: it is not JSON|not a cookies file)|here is not/,
  );
});

it.each([
  undefined,
  'another',
  7,
  null,
])('a source of expiry that is not known here, %s, means the least', async (source) => {
  const file = JSON.parse(await encodeCookiesFile(sessionAt('https://compute.example.com')));
  const bytes = Buffer.from(JSON.stringify({ ...file, session: { ...file.session, expirySource: source } }));
  expect(decodeCookiesFile(bytes, 'here').expirySource).toBe('documented lifetime');
});

it('times beyond the documents are cut, whoever wrote them', async () => {
  const far = Date.UTC(2100, 0);
  const session = { ...sessionAt('https://compute.example.com'), tokenExpiresAt: far, sessionExpiresAt: far };
  const read = decodeCookiesFile(Buffer.from(await encodeCookiesFile(session)), 'here');
  expect(read.tokenExpiresAt).toBe(session.issuedAt + 1_800_000);
  expect(read.sessionExpiresAt).toBe(session.startedAt + 10_800_000);
});

it('keeps the id of the key that a store had it under', async () => {
  const session = { ...sessionAt('https://compute.example.com'), storeKey: 'a1B2c3' };
  expect(decodeCookiesFile(Buffer.from(await encodeCookiesFile(session)), 'here')).toEqual(session);
});

const NEXT = sessionAt('https://compute.example.com');

/** A cookies file with a change in its parts. */
async function changed(change: (file: { cookies: unknown; session: Record<string, unknown> }) => void) {
  const file = JSON.parse(await encodeCookiesFile(NEXT));
  change(file);
  return () => decodeCookiesFile(Buffer.from(JSON.stringify(file)), '/the/file');
}

it.each<[string, string, (file: { cookies: unknown; session: Record<string, unknown> }) => void]>([
  ['COOKIES_FILE_NEWER', 'newer version', ({ session }) => Object.assign(session, { schemaVersion: 2 })],
  ['COOKIES_FILE_FOREIGN', 'not a cookies file', (file) => Object.assign(file, { session: 'none' })],
  ['COOKIES_FILE_CORRUPT', 'no usable cookie', (file) => Object.assign(file, { cookies: {} })],
  ['COOKIES_FILE_CORRUPT', 'no usable cookie', (file) => Object.assign(file, { cookies: [] })],
  ['COOKIES_FILE_CORRUPT', 'no usable cookie', (file) => Object.assign(file, { cookies: ['nimbula'] })],
  [
    'COOKIES_FILE_CORRUPT',
    'no usable cookie',
    (file) => Object.assign(file, { cookies: [{ key: 'nimbula', value: 7 }] }),
  ],
  [
    'COOKIES_FILE_CORRUPT',
    'no usable cookie',
    (file) => Object.assign(file, { cookies: [{ key: 'nimbula', value: 'a;b' }] }),
  ],
  [
    'COOKIES_FILE_CORRUPT',
    'no usable cookie',
    (file) => Object.assign(file, { cookies: Array(2).fill({ key: 'nimbula', value: 'token' }) }),
  ],
  [
    'COOKIES_FILE_CORRUPT',
    'no usable cookie',
    (file) =>
      Object.assign(file, {
        cookies: [{ key: 'nimbula', value: 'token' }, ...Array(50).fill({ key: 'x', value: '1' })],
      }),
  ],
  ['COOKIES_FILE_CORRUPT', 'no endpoint or user', ({ session }) => Object.assign(session, { endpoint: 1 })],
  ['COOKIES_FILE_CORRUPT', 'no endpoint or user', ({ session }) => Object.assign(session, { user: undefined })],
  ['COOKIES_FILE_CORRUPT', 'not an address', ({ session }) => Object.assign(session, { endpoint: 'compute' })],
  ['COOKIES_FILE_CORRUPT', 'not an address', ({ session }) => Object.assign(session, { endpoint: 'https://a.b/c' })],
  ['COOKIES_FILE_CORRUPT', 'times cannot be read', ({ session }) => Object.assign(session, { issuedAt: 'noon' })],
  ['COOKIES_FILE_CORRUPT', 'times cannot be read', ({ session }) => Object.assign(session, { startedAt: 1 })],
])('that is damaged is refused: %s, %s', async (code, reason, change) => {
  expect(await changed(change)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(reason), fields: { path: '/the/file' } }),
  );
});

it('that is empty is refused, and so is a jar of curl', () => {
  expect(() => decodeCookiesFile(new Uint8Array(), '/the/file')).toThrow(
    expect.objectContaining({ code: 'COOKIES_FILE_CORRUPT', message: expect.stringContaining('it is empty') }),
  );
  expect(() => decodeCookiesFile(Buffer.from('# Netscape HTTP Cookie File\n'), '/the/file')).toThrow(
    expect.objectContaining({
      code: 'COOKIES_FILE_FOREIGN',
      message: expect.stringContaining('a jar of curl'),
      fields: { path: '/the/file' },
    }),
  );
});

it('keeps how long the machine had run and which key the session came with, and passes over what it cannot read', async () => {
  const more = { storeKey: 'key-1', sharedIn: 'rediss://cache.example', earlierTokens: ['one', 'two'] };
  const whole = { ...NEXT, uptime: { boot: 'a', milliseconds: 5 }, ...more };
  const text = await encodeCookiesFile(whole);
  expect(decodeCookiesFile(Buffer.from(text), '/the/file')).toEqual(whole);
  expect(JSON.parse(await encodeCookiesFile(NEXT)).session).not.toHaveProperty('storeKey');
  for (const uptime of ['a', { boot: 1, milliseconds: 5 }, { boot: 'a', milliseconds: 'x' }, null]) {
    const unreadable = { uptime, storeKey: 7, sharedIn: {}, earlierTokens: ['one', 2], clockOffset: 'x' };
    const read = await changed(({ session }) => Object.assign(session, unreadable));
    expect(read()).toEqual({ ...NEXT, clockOffset: 0 });
  }
  const full = await changed((file) =>
    Object.assign(file, {
      cookies: [{ key: 'nimbula', value: NEXT.token }, ...Array(49).fill({ key: 'x', value: '1' })],
    }),
  );
  expect(full()).toEqual(NEXT);
});

it('remembers the fingerprints of the tokens before, and only the last ones', async () => {
  const at = (token: string, known?: readonly string[]) => ({ ...NEXT, token, earlierTokens: known });
  expect(await earlierTokens(undefined, at('new'))).toEqual({ earlierTokens: undefined });
  expect(await earlierTokens(at('same', ['one']), at('same'))).toEqual({ earlierTokens: ['one'] });
  const { earlierTokens: first = [] } = await earlierTokens(at('old'), at('new'));
  expect(first).toEqual([expect.stringMatching(/^[\w-]{22}$/)]);
  const many = Array.from({ length: 150 }, (_, at) => String(at));
  const { earlierTokens: last = [] } = await earlierTokens(at('old', many), at('new'));
  expect(last).toEqual([...many.slice(1 - last.length), ...first]);
  expect(last).toHaveLength(100);
  const read = await changed(({ session }) => Object.assign(session, { earlierTokens: many }));
  expect(read().earlierTokens).toEqual(many.slice(-last.length));
});
