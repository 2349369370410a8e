import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDuration, formatInstant, parseDuration } from '../../lib/clock.js';
import { isOracleComputeError } from '../../lib/errors.js';
import { textOf } from '../support/any-text.js';

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
  [89_999, '1 min'],
  [90_000, '2 min'],
  [29 * 60_000 + 59_000, '30 min'],
  [3_569_999, '59 min'],
  [3_599_999, '1 h'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
])('describeDuration(%i) is %s', (milliseconds, text) => {
  expect(describeDuration(milliseconds)).toBe(text);
});

it('formatInstant is in UTC, to the second, rounded down', () => {
  expect(formatInstant(Date.UTC(2026, 2, 1, 12, 3, 4, 999))).toBe('2026-03-01 12:03:04 UTC');
});

const YEAR = 366 * 24 * 3_600_000;

it('any text is a number of milliseconds up to a year, or refused', () => {
  const text = textOf('1', '0', '90', '.', '.5', 's', 'm', 'h', ' ', '-', 'e3', '\n', '\u0663', '99999999999999999999');
  fc.assert(
    fc.property(text, (given) => {
      try {
        const milliseconds = parseDuration(given);
        expect(Number.isInteger(milliseconds) && milliseconds >= 0 && milliseconds <= YEAR).toBe(true);
        expect(parseDuration(` ${given} `)).toBe(milliseconds);
      } catch (error) {
        if (!isOracleComputeError(error, 'DURATION_MALFORMED')) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

it('hours, minutes and seconds add up, in any order', () => {
  const amount = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(amount, amount, amount, (hours, minutes, seconds) => {
      const total = hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
      expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(total);
      expect(parseDuration(`${seconds}s${hours}h${minutes}m`)).toBe(total);
      expect(parseDuration(String(seconds))).toBe(seconds * 1000);
    }),
  );
});

it('what is shown is the nearest minute, and of a minute the last whole second', () => {
  const units: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000 };
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: YEAR }), (milliseconds) => {
      const parts = [...describeDuration(milliseconds).matchAll(/(\d+) (s|min|h)/g)];
      const shown = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? Number.NaN), 0);
      const [least, most] = milliseconds < 60_000 ? [0, 999] : [-30_000, 29_999];
      expect(Math.max(0, milliseconds) - shown).toBeGreaterThanOrEqual(least);
      expect(Math.max(0, milliseconds) - shown).toBeLessThanOrEqual(most);
    }),
    { numRuns: 2000 },
  );
});
