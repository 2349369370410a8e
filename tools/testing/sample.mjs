/**
 * A tenth of a list, at least two, chosen by a number: the same number chooses the same.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} seed
 * @returns {T[]} in the order of the list
 */
export function sampleOf(list, seed) {
  let state = seed | 0;
  // Mulberry32.
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const ranked = list.map((_, index) => [random(), index]).sort(([one], [other]) => one - other);
  const chosen = ranked.slice(0, Math.max(2, Math.ceil(list.length / 10))).map(([, index]) => index);
  return list.filter((_, index) => chosen.includes(index));
}
