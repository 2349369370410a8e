/**
 * Random numbers of a test that says its seed when it fails, so that the failure can be looked at again:
 * `TEST_SEED=… npm run test:only -- <file>`.
 */
export interface SeededRandom {
  readonly seed: number;
  /** A number from 0 up to, but not including, 1. */
  next(): number;
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number;
}

/** mulberry32: small, and good enough to choose instants and orders with. */
export function seededRandom(
  seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31)),
): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next, below: (end) => Math.floor(next() * end) };
}
