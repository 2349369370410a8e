import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { describeDuration, parseDuration } from '../../../lib/session/duration.js';
import { textOf } from '../../support/any-text.js';

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

it('what is shown is never longer than it is, and less than a unit shorter', () => {
  const units: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000 };
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: YEAR }), (milliseconds) => {
      const parts = [...describeDuration(milliseconds).matchAll(/(\d+) (s|min|h)/g)];
      const shown = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? Number.NaN), 0);
      const smallest = milliseconds < 60_000 ? 1000 : 60_000;
      expect(Math.max(0, milliseconds) - shown).toBeGreaterThanOrEqual(0);
      expect(Math.max(0, milliseconds) - shown).toBeLessThan(smallest);
    }),
    { numRuns: 2000 },
  );
});
