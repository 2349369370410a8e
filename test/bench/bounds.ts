/** Something that was measured, and the most that it may be. */
export interface Bound {
  readonly what: string;
  readonly measured: number;
  readonly most: number;
}

/** NaN, which is what comes of a measurement that is missing, holds no bound. */
export function holds({ measured, most }: Bound): boolean {
  return measured <= most;
}

/** The last line: whether every bound held, and which did not. */
export function renderVerdict(bounds: readonly Bound[]): string {
  const broken = bounds.filter((bound) => !holds(bound));
  if (broken.length === 0) return `all ${bounds.length} bounds held\n`;
  const list = broken.map(({ what, measured, most }) => `${what} (${measured.toFixed(2)}, at most ${most})`);
  return `${broken.length} of ${bounds.length} bounds did not hold: ${list.join('; ')}\n`;
}
