import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { describeDuration, parseDuration } from '../../../lib/session/duration.js';

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
