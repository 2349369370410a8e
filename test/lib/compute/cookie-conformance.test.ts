import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { cookieFromAnswer } from '../../../lib/compute/cookies/answer-cookie.js';
import { decodeCookiesFile, encodeCookiesFile } from '../../../lib/compute/cookies/cookies-file.js';
import { cookiesFileStore } from '../../../lib/compute/cookies/cookies-file-store.js';
import type { StoredSession } from '../../../lib/compute/stored-session.js';
import { COMPUTE_LIFETIMES, limitTimes } from '../../../lib/session/lifetimes.js';
import { temporaryHome } from '../../support/temporary-home.js';

// These vectors are our own, written from the clauses that are named. tough-cookie tests itself with those of the IETF's
// http-state working group, but its package does not hold them.

const ORIGIN = 'https://compute.example.com';
const SET_BY = `${ORIGIN}/authenticate/`;

/** What our reader makes of the same answer, where it does not take the cookie. */
type Refusal = 'none' | 'UNUSABLE_COOKIE' | 'SEVERAL_COOKIES';

/** `Set-Cookie` lines, what is sent to `/refresh/` then (null: nothing), and what our reader refuses. */
type Vector = readonly [received: readonly string[], sent: string | null, refused?: Refusal];

const VECTORS: Readonly<Record<string, readonly Vector[]>> = {
  'RFC 6265, 5.2: name and value': [
    [['nimbula=a; Path=/'], 'nimbula=a'],
    [['nimbula=a;Path=/'], 'nimbula=a'],
    [['  nimbula=a  ; Path=/'], 'nimbula=a'],
    [['nimbula=a=b==; Path=/'], 'nimbula=a=b=='],
    [['nimbula==a; Path=/'], 'nimbula==a'],
    [['nimbula="a"; Path=/'], 'nimbula="a"'],
    [['nimbula="a;b"; Path=/'], 'nimbula="a'],
    [['nimbula="a b"; Path=/'], 'nimbula="a b"'],
    [['nimbula=a, b; Path=/'], 'nimbula=a, b'],
    [["nimbula=$(id)`'\\!{}; Path=/"], "nimbula=$(id)`'\\!{}"],
    [['nimbula=; Path=/'], 'nimbula=', 'UNUSABLE_COOKIE'],
    [['nimbula; Path=/'], null, 'none'],
    [['=nimbula; Path=/'], null, 'none'],
    [['=; Path=/'], null, 'none'],
    [[''], null, 'none'],
    [['; Path=/'], null, 'none'],
    [['Nimbula=a; Path=/'], 'Nimbula=a', 'none'],
    [['nimbulae=a; Path=/'], 'nimbulae=a', 'none'],
    [['x=nimbula=a; Path=/'], 'x=nimbula=a', 'none'],
    [['nimbula=\u6625; Path=/'], 'nimbula=\u6625', 'UNUSABLE_COOKIE'],
  ],
  'RFC 6265, 5.2: attributes': [
    [['nimbula=a; path=/'], 'nimbula=a'],
    [['nimbula=a; PATH = / '], 'nimbula=a'],
    [['nimbula=a; ;; Path=/;'], 'nimbula=a'],
    [['nimbula=a; Path=/; Unknown; Other=1'], 'nimbula=a'],
    [['nimbula=a; Version=1; Path=/'], 'nimbula=a'],
    [['nimbula=a; Path=/; "Secure"'], 'nimbula=a'],
    [['nimbula=a; Path=/; HttpOnly; Secure; SameSite=Strict'], 'nimbula=a'],
  ],
  'RFC 6265, 5.2.1 and 5.1.1: Expires': [
    [['nimbula=a; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT'], 'nimbula=a'],
    [['nimbula=a; Path=/; Expires=Wednesday, 09-Jun-2100 10:18:14 GMT'], 'nimbula=a'],
    [['nimbula=a; Path=/; Expires=Jun 9 10:18:14 2100'], 'nimbula=a'],
    [['nimbula=a; Path=/; Expires=some day'], 'nimbula=a'],
    [['nimbula=a; Path=/; Expires='], 'nimbula=a'],
  ],
  'RFC 6265, 5.2.2: Max-Age': [
    [['nimbula=a; Path=/; Max-Age=1800'], 'nimbula=a'],
    [['nimbula=a; Path=/; max-age=1800;'], 'nimbula=a'],
    [['nimbula=a; Path=/; Max-Age=1800; Expires=Mon, 01 Jan 2001 00:00:00 GMT'], 'nimbula=a'],
    [['nimbula=a; Path=/; Max-Age=soon'], 'nimbula=a'],
    [['nimbula=a; Path=/; Max-Age=0'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Max-Age=-1'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Max-Age=1; Max-Age=0'], null, 'UNUSABLE_COOKIE'],
  ],
  'RFC 6265, 5.2.3, 5.3 and 5.1.3: Domain': [
    [['nimbula=a; Path=/; Domain=compute.example.com'], 'nimbula=a', 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain=.example.com'], 'nimbula=a', 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain=EXAMPLE.com'], 'nimbula=a', 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain=other.example'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain=x.compute.example.com'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain=ompute.example.com'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Domain='], 'nimbula=a'],
  ],
  'RFC 6265, 5.2.4 and 5.1.4: Path': [
    [['nimbula=a'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path='], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=relative'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/authenticate'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/refresh'], 'nimbula=a', 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/refres'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/; Path=/authenticate'], null, 'UNUSABLE_COOKIE'],
    [['nimbula=a; Path=/authenticate; Path=/'], 'nimbula=a'],
  ],
  'RFC 6265, 5.3 (11) and 5.4: several': [
    [['nimbula=a; Path=/', 'nimbula=b; Path=/'], 'nimbula=b', 'SEVERAL_COOKIES'],
    [['nimbula=a; Path=/', 'nimbula=; Path=/; Max-Age=0'], null, 'SEVERAL_COOKIES'],
    [['nimbula=a; Path=/', 'nimbula=b; Path=/refresh/'], 'nimbula=b; nimbula=a', 'SEVERAL_COOKIES'],
    [['other=b; Path=/', 'nimbula=a; Path=/'], 'other=b; nimbula=a'],
    [['nimbula=a; Path=/', 'other=b; Path=/refresh/'], 'other=b; nimbula=a'],
  ],
  'RFC 6265bis, 4.1.3: prefixes': [
    [['__Host-nimbula=a; Path=/; Secure'], '__Host-nimbula=a', 'none'],
    [['__Host-nimbula=a; Path=/'], null, 'none'],
    [['__Secure-nimbula=a; Path=/'], null, 'none'],
  ],
};

const VECTOR_LIST = Object.entries(VECTORS).flatMap(([clause, vectors]) =>
  vectors.map(([received, sent, refused]) => ({ clause, received, sent, refused })),
);

/** A jar that has got an answer's cookies, by tough-cookie's own rules. */
function jarWith(received: readonly string[]): CookieJar {
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false, prefixSecurity: 'silent' });
  for (const line of received) jar.setCookieSync(line, SET_BY, { ignoreError: true });
  return jar;
}

const sentBy = (jar: CookieJar, url = `${ORIGIN}/refresh/`) => jar.getCookieStringSync(url);

const taken = async (received: readonly string[]) =>
  cookieFromAnswer(
    {
      status: 204,
      headers: { 'set-cookie': [...received] },
      callId: undefined,
      receivedAt: 0,
      serverTime: 0,
      retryAfter: undefined,
    },
    ORIGIN,
  );

const NOON = Date.UTC(2099, 2, 9, 12);

const sessionOf = (token: string): StoredSession => ({
  endpoint: ORIGIN,
  user: '/Compute-acme/jack.jones@example.com',
  token,
  startedAt: NOON,
  issuedAt: NOON,
  tokenExpiresAt: NOON + 1_800_000,
  sessionExpiresAt: NOON + 10_800_000,
  expirySource: 'max-age',
  clockOffset: 0,
});

describe.each(VECTOR_LIST)('$clause: $received', ({ received, sent, refused }) => {
  it('a jar in our form of file sends what a jar in memory does', async () => {
    const jar = jarWith(received);
    expect(sentBy(jar)).toBe(sent ?? '');
    // The block beside the jar changes nothing for the library.
    const { session } = JSON.parse(await encodeCookiesFile(sessionOf('x')));
    const text = JSON.stringify({ ...jar.serializeSync(), session });
    expect(sentBy(CookieJar.deserializeSync(text))).toBe(sent ?? '');
  });

  it('our reader takes it, and the file that it becomes sends it; or it is refused', async () => {
    if (refused === 'none') {
      expect(await taken(received)).toBeUndefined();
    } else if (refused !== undefined) {
      await expect(taken(received)).rejects.toMatchObject({ code: refused });
    } else {
      const cookie = await taken(received);
      const own = /(?:^|; )(nimbula=.*)$/.exec(sent ?? '')?.[1];
      expect(`nimbula=${cookie?.value}`).toBe(own);
      const file = await encodeCookiesFile(sessionOf(cookie?.value ?? ''));
      expect(sentBy(CookieJar.deserializeSync(file))).toBe(own);
    }
  });
});

/** Printable ASCII without a semicolon, which is what a token may be. */
const token = fc.stringMatching(/^[!-:<-~](?:[ -:<-~]{0,60}[!-:<-~])?$/);
const instant = fc.integer({ min: Date.UTC(2050, 0), max: Date.UTC(2200, 0) });
const endpoint = fc.constantFrom(
  ORIGIN,
  'https://api-z999.compute.us0.oraclecloud.com',
  'https://compute.example.com:8443',
  'http://127.0.0.1:8080',
  'https://[2001:db8::1]:8443',
  'http://localhost:1',
);
const session: fc.Arbitrary<StoredSession> = fc
  .record({
    endpoint,
    user: fc.stringMatching(/^\/[\w.-]{1,20}\/[\w.@-]{1,30}$/),
    token,
    startedAt: instant,
    issuedAfter: fc.integer({ min: 0, max: 3 * 3_600_000 }),
    tokenExpiresAt: instant,
    sessionExpiresAt: instant,
    expirySource: fc.constantFrom<StoredSession['expirySource']>('token', 'max-age', 'documented lifetime'),
    clockOffset: fc.integer({ min: -1e9, max: 1e9 }),
  })
  // What is longer than the documents allow does not come back from the file.
  .map(({ issuedAfter, ...said }) => ({
    ...said,
    ...limitTimes(COMPUTE_LIFETIMES, { ...said, issuedAt: said.startedAt + issuedAfter }),
  }));

describe('between memory and file nothing drifts', () => {
  it('a session is the same after it was written and read, by us and by tough-cookie', async () => {
    await fc.assert(
      fc.asyncProperty(session, async (written) => {
        const text = await encodeCookiesFile(written);
        expect(decodeCookiesFile(Buffer.from(text), 'here')).toEqual(written);
        const jar = CookieJar.deserializeSync(text);
        const [cookie, ...others] = jar.getCookiesSync(`${written.endpoint}/refresh/`);
        expect(others).toEqual([]);
        expect(cookie?.value).toBe(written.token);
        expect(cookie?.expiryTime()).toBe(written.tokenExpiresAt);
        // Written by the library and read again, it is still the same jar, and ends at the same instant.
        const again = CookieJar.deserializeSync(JSON.stringify(jar.serializeSync()));
        const [reread] = again.getCookiesSync(written.endpoint);
        expect(String(reread)).toBe(String(cookie));
        expect(reread?.expiryTime()).toBe(written.tokenExpiresAt);
      }),
      { numRuns: 200 },
    );
  });

  const withoutEarlier = ({ earlierTokens = [], ...read }: Partial<StoredSession> = {}) => {
    expect(earlierTokens.length).toBeLessThanOrEqual(100);
    return read;
  };

  it('through the file on the disk, however often it is replaced', async () => {
    const home = temporaryHome();
    const clock = systemClock;
    const store = cookiesFileStore(`${home}/jar.json`, { owner: { uid: process.geteuid?.() }, clock });
    await fc.assert(
      fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 3 }), async (sessions) => {
        for (const written of sessions) {
          await store.exclusively({ wait: 1000 }, async ({ replace, read }) => {
            expect(await replace(written, await read())).toBe(true);
            expect(withoutEarlier(await read())).toEqual(written);
          });
          expect(withoutEarlier(await store.read())).toEqual(written);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what our reader takes', () => {
  const attribute = fc.oneof(
    fc.constantFrom(
      'Path=/',
      'Path=/',
      'Path=/x',
      'Path=',
      'Secure',
      'HttpOnly',
      'SameSite=Lax',
      'Domain=',
      'path = /',
    ),
    fc.constantFrom(
      'Domain=example.com',
      'Domain=compute.example.com',
      'Domain=evil.example',
      'Max-Age=0',
      'Expires=x',
    ),
    fc.integer({ min: -5, max: 10_000 }).map((age) => `Max-Age=${age}`),
    fc.string({ maxLength: 12 }).map((text) => text.replaceAll(';', '')),
  );
  const line = fc
    .tuple(
      fc.constantFrom('nimbula', 'nimbula', ' nimbula', 'other', '__Host-x'),
      fc.string({ maxLength: 20 }),
      fc.array(attribute),
    )
    .map(([name, value, attributes]) => [`${name}=${value}`, ...attributes].join('; '));

  it('is what a jar sends to every path of this host, and to no other host', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 3 }), async (received) => {
        const cookie = await taken(received).catch(() => undefined);
        if (cookie === undefined) return;
        const jar = jarWith(received);
        for (const path of ['/', '/refresh/', '/instance/x?y']) {
          expect(sentBy(jar, ORIGIN + path).split('; ')).toContain(`nimbula=${cookie.value}`);
        }
        for (const other of ['https://example.com/', 'https://x.compute.example.com/', 'https://evil.example/']) {
          expect(sentBy(jar, other)).not.toMatch(/(?:^|; )nimbula=/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
