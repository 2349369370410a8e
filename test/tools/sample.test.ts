import { expect, it } from 'vitest';
import { sampleOf } from '../../tools/testing/sample.mjs';

const LIST = Array.from({ length: 35 }, (_, index) => index);

it('is a tenth in the order of the list, the same for the same seed, and at least two', () => {
  expect(sampleOf(LIST, 7)).toEqual(sampleOf(LIST, 7));
  expect(sampleOf(LIST, 7)).toHaveLength(4);
  expect(sampleOf(LIST, 7)).toEqual([...sampleOf(LIST, 7)].sort((one, other) => one - other));
  expect(sampleOf(['a', 'b', 'c'], 1)).toHaveLength(2);
  expect(sampleOf([], 1)).toEqual([]);
});

it('comes to everything in time', () => {
  const seen = new Set(Array.from({ length: 200 }, (_, seed) => sampleOf(LIST, seed)).flat());
  expect(seen.size).toBe(LIST.length);
});
