import { expect, it } from 'vitest';
import { cookieFromAnswer } from '../../../lib/compute/cookies/answer-cookie.js';

const ORIGIN = 'https://compute.example';
const NOON = Date.UTC(2026, 2, 9, 12);

const answer = (cookies: readonly string[] | undefined, serverTime: number | undefined = NOON) => ({
  status: 204,
  headers: cookies === undefined ? {} : { 'set-cookie': [...cookies] },
  callId: 'call-1',
  receivedAt: NOON - 60_000,
  serverTime,
  retryAfter: undefined,
});

const read = (header: string, serverTime?: number) => cookieFromAnswer(answer([header], serverTime), ORIGIN);

it.each([
  [undefined, undefined],
  [[], undefined],
  [['other=1; Path=/', 'nimbula2=x; Path=/'], undefined],
  [['other=1; Path=/', ' nimbula=token; Path=/'], { value: 'token', maxAge: undefined }],
])('of an answer with %j', (cookies, expected) => {
  expect(cookieFromAnswer(answer(cookies), ORIGIN)).toEqual(expected);
});

it.each([
  ['nimbula=token; Path=/; Max-Age=1800', 1800],
  ['nimbula=token; Path=/; Max-Age=1800; Expires=Mon, 09 Mar 2026 13:00:00 GMT', 1800],
  ['nimbula=token; Path=/; Expires=Mon, 09 Mar 2026 12:30:00 GMT', 1800],
  ['nimbula=token; Path=/; Expires=Mon, 09 Mar 2026 12:00:01 GMT', 1],
  ['nimbula=token; Path=/; Expires=yesterday', undefined],
  ['nimbula=token; Path=/; Max-Age=soon', undefined],
])('lives, by %s, for %j seconds', (header, maxAge) => {
  expect(read(header)).toEqual({ value: 'token', maxAge });
});

it('lives by the clock of this machine if the service does not tell its time', () => {
  const header = 'nimbula=token; Path=/; Expires=Mon, 09 Mar 2026 12:30:00 GMT';
  expect(cookieFromAnswer({ ...answer([header]), serverTime: undefined }, ORIGIN)?.maxAge).toBe(1860);
});

it.each([
  ['nimbula=; Path=/', 'characters'],
  ['nimbula=a\tb; Path=/', 'cannot be read'],
  ['nimbula=aéb; Path=/', 'characters'],
  ['nimbula=token; Path=/; Domain=example', 'other hosts'],
  ['nimbula=token; Path=/api', 'not meant for the whole service'],
  ['nimbula=token', 'not meant for the whole service'],
  ['nimbula=token; Path=/; Max-Age=0', 'ended already'],
  ['nimbula=token; Path=/; Max-Age=-1', 'ended already'],
  ['nimbula=token; Path=/; Expires=Mon, 09 Mar 2026 12:00:00 GMT', 'ended already'],
  ['nimbula=deleted; Path=/', 'deleted'],
  ['nimbula="null"; Path=/', 'deleted'],
])('is refused: %s', (header, reason) => {
  expect(() => read(header)).toThrow(
    expect.objectContaining({
      code: 'UNUSABLE_COOKIE',
      message: expect.stringMatching(`^${ORIGIN} sent a cookie that cannot be used: .*${reason}`),
      fields: { origin: ORIGIN, reason: expect.stringContaining(reason), callId: 'call-1' },
    }),
  );
});

it('is refused if there are several', () => {
  const several = answer(['nimbula=a; Path=/', 'nimbula=b; Path=/']);
  expect(() => cookieFromAnswer(several, ORIGIN)).toThrow(
    expect.objectContaining({
      code: 'SEVERAL_COOKIES',
      message: `${ORIGIN} sent 2 cookies instead of one`,
      fields: { origin: ORIGIN, callId: 'call-1' },
    }),
  );
});
