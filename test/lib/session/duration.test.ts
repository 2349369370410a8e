import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { describeDuration, formatInstant, parseDuration } from '../../../lib/session/duration.js';

describe('parseDuration', () => {
  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    [' 0 ', 0],
    ['0.25', 250],
  ])('reads %j as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    '',
    ' ',
    '-5',
    '5 m',
    '1e3',
    'm',
    '5d',
    '1h 30m',
    '10m5',
    '+3',
    '0x10',
    '999999h',
    'NaN',
    '٣',
  ])('refuses %j', (text) => {
    const refused = (() => {
      try {
        return parseDuration(text);
      } catch (error) {
        return error;
      }
    })();
    expect(isOracleComputeError(refused, 'DURATION_MALFORMED')).toBe(true);
  });

  it('repeats the beginning of what it refuses', () => {
    expect(() => parseDuration('x'.repeat(41))).toThrow(
      expect.objectContaining({
        message: `"${'x'.repeat(40)}" is not a duration`,
        fields: { given: 'x'.repeat(40) },
      }),
    );
  });

  it('takes a year and no more, and fractions of any length', () => {
    expect(parseDuration('8784h')).toBe(366 * 24 * 3_600_000);
    expect(() => parseDuration('8784h1s')).toThrow();
    expect(parseDuration('1.25m0.125h')).toBe(525_000);
  });
});

it.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
])('describeDuration(%i) is %s', (milliseconds, text) => {
  expect(describeDuration(milliseconds)).toBe(text);
});

it('formatInstant is in UTC, to the second, rounded down', () => {
  expect(formatInstant(Date.UTC(2026, 2, 1, 12, 3, 4, 999))).toBe('2026-03-01 12:03:04 UTC');
});
