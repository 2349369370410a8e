import { describe, expect, test } from 'vitest';
import { decodeSecurityToken, tokenTimes } from '../../../lib/oci/credentials/security-token.js';
import { tokenWith, vectorKey, vectors } from './support/vectors.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 1, 3, 7, 0, 0);
const seconds = (milliseconds: number) => milliseconds / 1000;

test('reads the claims of a token', () => {
  const { claims, value } = vectors.token;
  expect(decodeSecurityToken(`\n ${value}\r\n`)).toEqual({
    value,
    expiresAt: Number(claims.exp) * 1000,
    issuedAt: Number(claims.iat) * 1000,
    sessionExpiresAt: Date.UTC(2026, 1, 4, 7, 3, 9),
    subject: claims.sub,
    tenancy: claims.tenant,
    userName: undefined,
    keyModulus: vectorKey.modulus,
  });
});

test.each([
  ['fractions of seconds', { exp: 1770105789.9 }, { expiresAt: 1770105789900 }],
  ['a jwk that is an object', { exp: 1, jwk: { n: 'abc=' } }, { keyModulus: 'abc' }],
  ['a session end in seconds', { exp: 1, sess_exp: 7 }, { sessionExpiresAt: 7000 }],
  ['a session end that is no date', { exp: 1, sess_exp: 'soon' }, { sessionExpiresAt: undefined }],
  ['a jwk that is no JSON', { exp: 1, jwk: '{' }, { keyModulus: undefined }],
])('understands %s', (_what, claims, expected) => {
  expect(decodeSecurityToken(tokenWith(claims))).toMatchObject(expected);
});

test.each([
  ['nothing', ''],
  ['blanks', ' \n'],
  ['text', 'hello'],
  ['two parts', 'a.b'],
  ['padding', 'YQ==.YQ==.YQ=='],
  ['a line break inside', `${vectors.token.value.slice(0, 50)}\n${vectors.token.value.slice(50)}`],
  ['claims that are no JSON', 'YQ.YQ.YQ'],
  ['claims that are null', 'YQ.bnVsbA.YQ'],
  ['no expiry', tokenWith({ sub: 'x' })],
  ['an expiry as text', tokenWith({ exp: '1770105789' })],
  ['an expiry beyond all time', tokenWith({ exp: 1e300 })],
  ['control characters in a name', tokenWith({ exp: 1, sub: 'a\u001b[31m' })],
  ['too much', tokenWith({ exp: 1, pad: 'x'.repeat(20_000) })],
  ['deep nesting', `YQ.${Buffer.from('['.repeat(9000)).toString('base64url')}.YQ`],
])('refuses %s', (_what, text) => {
  expect(() => decodeSecurityToken(text)).toThrow(expect.objectContaining({ code: 'TOKEN_MALFORMED' }));
});

describe('times', () => {
  const times = (claims: Record<string, unknown>, noted?: number) =>
    tokenTimes(decodeSecurityToken(tokenWith(claims)), NOW, noted);
  const iat = seconds(NOW - HOUR / 2);

  test('are what the token says', () => {
    const sess_exp = new Date(NOW + 5 * HOUR).toUTCString();
    expect(times({ iat, exp: iat + 3600, sess_exp })).toEqual({
      tokenExpiresAt: NOW + HOUR / 2,
      sessionExpiresAt: NOW + 5 * HOUR,
    });
  });

  test('are never later than an hour and a day after the issue', () => {
    const sess_exp = new Date(NOW + 99 * HOUR).toUTCString();
    expect(times({ iat, exp: iat + 7200, sess_exp })).toEqual({
      tokenExpiresAt: NOW + HOUR / 2,
      sessionExpiresAt: NOW + 23.5 * HOUR,
    });
  });

  test('never reach beyond the end of the session', () => {
    const sess_exp = new Date(NOW + 60_000).toUTCString();
    expect(times({ iat, exp: iat + 3600, sess_exp }).tokenExpiresAt).toBe(NOW + 60_000);
  });

  test('count from now where the issue is not said or lies in the future', () => {
    const far = seconds(NOW + 50 * HOUR);
    expect(times({ exp: far }).tokenExpiresAt).toBe(NOW + HOUR);
    expect(times({ iat: far - 60, exp: far }).tokenExpiresAt).toBe(NOW + HOUR);
  });

  test('use the noted end of the session only where the token is silent', () => {
    expect(times({ iat, exp: iat + 3600 }, NOW + 60_000).sessionExpiresAt).toBe(NOW + 60_000);
    const sess_exp = new Date(NOW + 5 * HOUR).toUTCString();
    expect(times({ iat, exp: iat + 3600, sess_exp }, NOW + 60_000).sessionExpiresAt).toBe(NOW + 5 * HOUR);
  });

  test('use the noted end if the token says one that cannot be, and no noted end that cannot be', () => {
    const sess_exp = new Date(NOW + 99 * HOUR).toUTCString();
    const silentOfIssue = { exp: seconds(NOW + 99 * HOUR), sess_exp };
    expect(times(silentOfIssue, NOW + 60_000).sessionExpiresAt).toBe(NOW + 60_000);
    expect(times({ iat, exp: iat + 3600 }, NOW + 99 * HOUR).sessionExpiresAt).toBe(NOW + 23.5 * HOUR);
  });
});
