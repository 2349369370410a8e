/** Words that people type for ours, in other programs' tongues. */
const MEANT: Readonly<Record<string, readonly string[]>> = Object.assign(Object.create(null), {
  ls: ['list'],
  show: ['get', 'status', 'list'],
  describe: ['get'],
  create: ['add'],
  new: ['add'],
  rm: ['delete', 'terminate'],
  remove: ['delete', 'terminate'],
  edit: ['update'],
  run: ['exec'],
  login: ['authenticate', 'auth'],
  signin: ['authenticate', 'auth'],
  logout: ['terminate', 'logout'],
  whoami: ['list', 'status'],
  info: ['status', 'list'],
  curl: ['request'],
  api: ['request'],
  version: ['--version'],
});

/** The last word of these is what somebody who typed `word` probably meant; undefined if none is near. */
export function suggestCommand(word: string, known: readonly string[]): string | undefined {
  const meant = MEANT[word]?.find((other) => known.includes(other));
  const isBegun = (other: string) => word.length > 2 && other.startsWith(word);
  return meant ?? nearest(word, known) ?? known.find(isBegun);
}

/** Longer words are no typos of ours. */
const LONGEST = 40;

/** The known word that a typo was meant to be: one slip away, or two in a long word. */
export function nearest(word: string, known: readonly string[], most = word.length > 5 ? 2 : 1): string | undefined {
  if (word.length < 2 || word.length > LONGEST) return undefined;
  const near = known
    .filter((other) => other.length > 1)
    .map((other) => ({ other, slips: slipsBetween(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .sort((one, other) => one.slips - other.slips);
  return near[0]?.other;
}

/** Letters left out, added, changed or swapped with the next one (optimal string alignment). */
function slipsBetween(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[other.length] ?? 0;
}
