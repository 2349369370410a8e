import { describe, expect, it } from 'vitest';
import { parseHttpDate, parseRetryAfter } from '../../../lib/http/retry.js';

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
  ])('%j is none', (text) => {
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
