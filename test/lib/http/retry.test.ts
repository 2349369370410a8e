import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { parseHttpDate, parseRetryAfter, retryDelay } from '../../../lib/http/retry.js';

const cut = new OracleComputeError('UNREACHABLE', 'x', { origin: 'x', cause: 'ECONNRESET' });
const late = new OracleComputeError('TIMED_OUT', 'x', { origin: 'x', seconds: 1 });
const half = () => 0.5;

describe('retryDelay', () => {
  it.each([
    [429, 'always', true],
    [502, 'always', true],
    [503, 'always', true],
    [504, 'always', true],
    [500, 'always', false],
    [401, 'always', false],
    [200, 'always', false],
    [429, 'answered', true],
    [502, 'answered', true],
    [504, 'answered', true],
    [500, 'answered', false],
    [429, 'unsent', true],
    [503, 'unsent', true],
    [502, 'unsent', false],
    [504, 'unsent', false],
    [500, 'any-5xx', true],
    [503, 'any-5xx', true],
    [429, 'any-5xx', true],
    [401, 'any-5xx', false],
    [503, 'never', false],
    [503, undefined, false],
  ] as const)('status %i with retry %s: %s', (status, retry, again) => {
    expect(retryDelay(1, retry, { status }, half) !== undefined).toBe(again);
  });

  it.each([
    ['a cut connection', { error: cut }, 'always', true],
    ['a cut connection', { error: cut }, 'any-5xx', true],
    ['a cut connection', { error: cut }, 'unsent', false],
    ['a cut connection', { error: cut }, 'answered', false],
    ['a connection that never was', { error: cut, unsent: true }, 'answered', true],
    ['a connection that never was', { error: cut, unsent: true }, 'unsent', true],
    ['a time-out', { error: late }, 'always', false],
    ['anything else', { error: new TypeError() }, 'always', false],
  ] as const)('%s with retry: %j %s', (_, outcome, retry, again) => {
    expect(retryDelay(1, retry, outcome, half) !== undefined).toBe(again);
  });

  it('tries three times in all, later each time, and not before Retry-After', () => {
    expect(retryDelay(1, 'always', { status: 503 }, half)).toBe(250);
    expect(retryDelay(2, 'always', { status: 503 }, half)).toBe(500);
    expect(retryDelay(3, 'always', { status: 503 }, half)).toBeUndefined();
    expect(retryDelay(1, 'always', { status: 503, retryAfter: 7000 }, half)).toBe(7000);
  });
});

const NOW = Date.UTC(2026, 2, 1, 12);
const TIME = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('an HTTP date', () => {
  // The examples of RFC 9110, 5.6.7.
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ])('%s is UTC, wherever this machine is', (text) => {
    const zone = process.env.TZ;
    try {
      for (process.env.TZ of ['America/New_York', 'Asia/Kolkata', 'UTC']) {
        expect(parseHttpDate(text, NOW)).toBe(TIME);
        expect(parseHttpDate(` ${text} `, NOW)).toBe(TIME);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it.each([
    ['Sunday, 01-Mar-26 12:00:00 GMT', NOW],
    ['Tuesday, 01-Mar-76 12:00:00 GMT', Date.UTC(2076, 2, 1, 12)],
    ['Tuesday, 01-Mar-77 12:00:00 GMT', Date.UTC(1977, 2, 1, 12)],
    ['Sun Mar  1 12:00:00 2026', NOW],
    ['Sun Mar 01 12:00:00 2026', NOW],
    ['Tue, 29 Feb 2028 00:00:00 GMT', Date.UTC(2028, 1, 29)],
    ['Wed, 31 Dec 0001 00:00:00 GMT', new Date('0001-12-31T00:00:00Z').getTime()],
    ['Fri, 31 Dec 9999 23:59:60 GMT', Date.UTC(10_000, 0, 1)],
  ])('%s', (text, instant) => {
    expect(parseHttpDate(text, NOW)).toBe(instant);
  });

  it.each([
    '',
    'soon',
    '7',
    '-1',
    '2026-03-01T12:00:00Z',
    'Sun, 1 Mar 2026 12:00:00 GMT',
    'Sun, 01 Mar 2026 12:00:00',
    'Sun, 01 Mar 2026 12:00:00 +0200',
    'Sun, 01 Mar 2026 24:00:00 GMT',
    'Sun, 01 Xyz 2026 12:00:00 GMT',
    'Sun, 30 Feb 2026 12:00:00 GMT',
    'Sun, 00 Mar 2026 12:00:00 GMT',
    'Sat, 13 Sep 275760 00:00:00 GMT',
    'Sun Mar  1 12:00:00 26',
  ])('%j is not a date', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });
});

it.each([
  ['7', 7000],
  [' 7 ', 7000],
  ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 0],
  ['soon', undefined],
  ['-1', undefined],
  [undefined, undefined],
])('Retry-After: %s is %s ms', (header, milliseconds) => {
  expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(milliseconds);
});
