import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock.js';
import type { IssuedToken } from '../../../lib/compute/client/client.js';
import { ComputeSession } from '../../../lib/compute/session.js';
import { type StoredSession, sessionFromLogin, sessionWithToken } from '../../../lib/compute/stored-session.js';
import { sessionFromToken } from '../../../lib/compute/token/env-session.js';
import { isUsableToken, parseCookieVariable, readTokenClaims } from '../../../lib/compute/token/token.js';
import type { HttpClient } from '../../../lib/http/client.js';
import { memoryStore } from '../../../lib/session/store.js';
import { MINUTE, NOON } from '../../support/compute.js';
import { testClock } from '../../support/test-context.js';

const place = { endpoint: 'https://compute.example', user: '/Compute-acme/jack' };

const plain = (claims: unknown) => JSON.stringify({ identity: JSON.stringify({ value: JSON.stringify(claims) }) });
const base64 = (claims: unknown) => Buffer.from(plain(claims)).toString('base64');

describe('what a token says of itself', () => {
  it('is its user and its two ends, in whole milliseconds', () => {
    const claims = { user: '/a/b', expires: 1_800_000_000.1239, session_expires: 1_800_010_800 };
    const said = { user: '/a/b', tokenExpiresAt: 1_800_000_000_123, sessionExpiresAt: 1_800_010_800_000 };
    expect(readTokenClaims(plain(claims))).toEqual(said);
    expect(readTokenClaims(base64(claims))).toEqual(said);
  });

  it.each([
    ['no number', '1800000000'],
    ['nothing', 0],
    ['before the epoch', -1],
    ['far beyond the calendar', 1e11],
    ['null', null],
  ])('is no end where that is %s', (_, expires) => {
    expect(readTokenClaims(base64({ expires, session_expires: expires }))).toEqual({});
  });

  it('may be anything between', () => {
    expect(readTokenClaims(base64({ expires: 0.001 })).tokenExpiresAt).toBe(1);
    expect(readTokenClaims(base64({ expires: 1e11 - 1 })).tokenExpiresAt).toBe((1e11 - 1) * 1000);
  });

  it.each([
    ['of another form', 'opaque'],
    ['without an identity', Buffer.from('{}').toString('base64')],
    ['with an identity that is none', Buffer.from('{"identity":"x"}').toString('base64')],
    ['with a value that is none', Buffer.from('{"identity":"{\\"value\\":7}"}').toString('base64')],
    ['longer than a token is', plain({ user: 'a'.repeat(16 * 1024) })],
  ])('is nothing in one %s', (_, token) => {
    expect(readTokenClaims(token)).toEqual({});
  });

  it('is read up to the longest token', () => {
    const length = 16 * 1024 - plain({ user: '' }).length;
    expect(readTokenClaims(plain({ user: 'a'.repeat(length) })).user).toHaveLength(length);
  });

  it('is no user that a terminal would obey, or that is no text', () => {
    expect(readTokenClaims(base64({ user: 'a\u001b[2J' })).user).toBeUndefined();
    expect(readTokenClaims(base64({ user: 7 })).user).toBeUndefined();
  });
});

describe('a token', () => {
  it.each([
    ['a', true],
    [' ~:<=', true],
    ['a'.repeat(16 * 1024), true],
    ['a'.repeat(16 * 1024 + 1), false],
    ['', false],
    ['a;b', false],
    ['a\n', false],
    ['\u007f', false],
    ['\u001f', false],
    ['é', false],
  ])('%.10j can stand in a header and in a shell: %s', (text, usable) => {
    expect(isUsableToken(text)).toBe(usable);
  });

  it.each([
    ['abc', 'abc'],
    [' abc \n', 'abc'],
    ['nimbula=abc', 'abc'],
    ['nimbula=abc==; Path=/; Max-Age=1800', 'abc=='],
    ['NIMBULA= abc ;Path=/\nx', 'abc'],
    ['xnimbula=abc', 'xnimbula=abc'],
    ['nimbulax=abc', 'nimbulax=abc'],
  ])('is in the variable %j', (text, token) => {
    expect(parseCookieVariable(text, 'OPC_COOKIE')).toBe(token);
  });

  it.each(['', ' ', 'nimbula=', 'nimbula=; Path=/', 'a;b', 'canary\u0007'])('is not in the variable %j', (text) => {
    expect(() => parseCookieVariable(text, 'OPC_COOKIE')).toThrow(
      expect.objectContaining({
        code: 'COOKIE_MALFORMED',
        message: 'the value of OPC_COOKIE is not a cookie of the service',
        fields: { from: 'OPC_COOKIE' },
      }),
    );
  });
});

describe('a session of which only the token is at hand', () => {
  const clock = testClock(NOON);

  it('has the latest times that the documents allow, unless the token says that they are known', () => {
    expect(sessionFromToken(place, 'opaque', clock)).toEqual({
      ...place,
      token: 'opaque',
      issuedAt: NOON,
      startedAt: NOON,
      tokenExpiresAt: NOON + 30 * MINUTE,
      sessionExpiresAt: NOON + 180 * MINUTE,
      expirySource: 'documented lifetime',
      clockOffset: 0,
      timesKnown: false,
    });
    const token = base64({ user: '/Compute-acme/jill', expires: (NOON + MINUTE) / 1000 });
    expect(sessionFromToken(place, token, clock)).toMatchObject({
      user: '/Compute-acme/jill',
      tokenExpiresAt: NOON + MINUTE,
      expirySource: 'token',
      timesKnown: true,
    });
    expect(sessionFromToken({ endpoint: place.endpoint }, 'opaque', clock).user).toBe('');
  });

  it('knows the service’s clock from a stored session, and all of one with the same token', () => {
    const running = { ...clock, sinceBoot: () => ({ boot: 'a', milliseconds: 1 }) };
    const related = sessionFromLogin(place.endpoint, place.user, {
      value: 'stored',
      receivedAt: NOON,
      maxAge: undefined,
      clockOffset: 5 * MINUTE,
    });
    expect(sessionFromToken(place, 'opaque', running, related)).toMatchObject({
      issuedAt: NOON + 5 * MINUTE,
      clockOffset: 5 * MINUTE,
      uptime: { boot: 'a', milliseconds: 1 },
    });
    expect(sessionFromToken(place, 'stored', running, related)).toEqual({ ...related, timesKnown: true });
  });
});

const issued = (value: string, changes: Partial<IssuedToken> = {}): IssuedToken => ({
  value,
  receivedAt: NOON,
  maxAge: undefined,
  clockOffset: 0,
  ...changes,
});

describe('the token of a request', () => {
  it('that is stored nowhere is used until it ends, and kept nowhere else', async () => {
    const clock = testClock(NOON);
    const token = base64({ expires: (NOON + MINUTE) / 1000 });
    const sent: string[] = [];
    const withToken = (value: string, status: number, time: Clock = clock) => {
      const unstored = sessionFromToken(place, value, testClock(NOON));
      const http: HttpClient = {
        send: () => expect.unreachable(),
        stream: async ({ headers = {} }) => {
          sent.push(headers.cookie ?? '');
          return {
            status,
            headers: { 'set-cookie': ['nimbula=newer; Path=/'] },
            callId: 'id-1',
            receivedAt: NOON,
            serverTime: NOON,
            retryAfter: undefined,
            body: (async function* () {})(),
            extend: () => undefined,
          };
        },
      };
      const store = memoryStore<StoredSession>('OPC_COOKIE', unstored);
      return new ComputeSession({ http, clock: time, ...place, store, unstored, wait: 0 });
    };
    const session = withToken(token, 200);
    expect(session).toMatchObject({ source: 'OPC_COOKIE', cookiesFile: undefined });
    for (const _ of [1, 2]) expect(await session.request('GET', '/x')).toMatchObject({ status: 200 });
    expect(sent).toEqual([`nimbula=${token}`, `nimbula=${token}`]);
    await expect(withToken(token, 401).request('GET', '/x')).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      fields: { origin: place.endpoint, source: 'OPC_COOKIE', callId: 'id-1' },
    });
    clock.time += MINUTE;
    await expect(session.request('GET', '/x')).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
      fields: { source: 'OPC_COOKIE' },
    });
    expect(sent).toHaveLength(3);
    const opaque = withToken('opaque', 200, testClock(NOON + 1e9));
    expect(await opaque.request('GET', '/x')).toMatchObject({ status: 200 });
  });

  it('that is stored nowhere is extended as a stored one is, and begun anew with a password', async () => {
    const clock = testClock(NOON);
    const sent: string[] = [];
    const answering = (status: number, cookie: string): HttpClient => ({
      send: async ({ url, headers = {} }) => {
        sent.push(`${url.pathname} ${headers.cookie ?? ''}`.trim());
        const setCookie = { 'set-cookie': [`nimbula=${cookie}; Path=/`] };
        const answer = { body: new Uint8Array(), receivedAt: NOON, serverTime: NOON, retryAfter: undefined };
        return { ...answer, callId: undefined, status, headers: setCookie };
      },
      stream: () => expect.unreachable(),
    });
    const session = sessionFromToken(place, 'old', clock);
    const refresh = (http: HttpClient, of = session, password?: string) =>
      new ComputeSession({
        http,
        clock,
        ...place,
        store: memoryStore<StoredSession>('OPC_COOKIE', of),
        unstored: of,
        password: password === undefined ? undefined : async () => password,
        wait: 0,
      }).renew();
    expect(await refresh(answering(204, 'new'))).toMatchObject({ change: 'refreshed', session: { token: 'new' } });
    const over = { ...session, timesKnown: true, tokenExpiresAt: NOON, sessionExpiresAt: NOON };
    await expect(refresh(answering(204, 'new'), over)).rejects.toMatchObject({
      code: 'SESSION_OVER',
      fields: { source: 'OPC_COOKIE' },
    });
    expect(await refresh(answering(204, 'begun'), over, 'password')).toMatchObject({
      change: 'logged-in',
      session: { token: 'begun', user: place.user },
    });
    expect(sent).toEqual(['/refresh/ nimbula=old', '/authenticate/']);
  });
});

it('a newer token keeps the session’s end, and the offset of the clock where that only wavers', () => {
  const session = sessionFromLogin(place.endpoint, place.user, issued('a', { clockOffset: 10_000 }));
  const next = (clockOffset: number) =>
    sessionWithToken(session, issued('b', { clockOffset, receivedAt: NOON + MINUTE }));
  expect(next(11_999)).toMatchObject({ clockOffset: 10_000, issuedAt: NOON + MINUTE + 10_000 });
  expect(next(12_000)).toMatchObject({ clockOffset: 12_000, issuedAt: NOON + MINUTE + 12_000 });
  expect(next(0).sessionExpiresAt).toBe(session.sessionExpiresAt);
});
