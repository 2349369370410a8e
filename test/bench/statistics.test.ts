import { expect, it } from 'vitest';
import { holds, renderVerdict } from './bounds.js';
import { leastRatio, median, medianRatio } from './statistics.js';

it('the middle value', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10])).toBe(10);
  expect(median([])).toBeNaN();
});

it('a ratio is that of the middle round, whatever the machine did in the others', () => {
  const rounds = [
    [[10], [20]],
    // Everything took ten times as long: the same ratio.
    [[100], [220]],
    // Only the second row was held up.
    [[10], [500]],
    [[10], [20]],
    [[10], [19]],
  ];
  expect(medianRatio(rounds, 1, 0)).toBe(2);
  expect(leastRatio(rounds, 1, 0)).toBe(1.9);
});

it('a bound holds up to its value, and never where nothing was measured', () => {
  expect(holds({ what: 'x', measured: 1.4, most: 1.4 })).toBe(true);
  expect(holds({ what: 'x', measured: 1.41, most: 1.4 })).toBe(false);
  expect(holds({ what: 'x', measured: Number.NaN, most: 1.4 })).toBe(false);
});

it('the last line names what did not hold', () => {
  const good = { what: 'status', measured: 1.5, most: 2 };
  expect(renderVerdict([good])).toBe('all 1 bounds held\n');
  expect(renderVerdict([good, { what: 'auth', measured: 1.456, most: 1.4 }])).toBe(
    '1 of 2 bounds did not hold: auth (1.46, at most 1.4)\n',
  );
});
