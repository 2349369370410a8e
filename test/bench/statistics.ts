/** The runs of one row in one round, in milliseconds. */
export type Runs = readonly number[];

/** The rows of one round, measured one after the other. */
export type Round = readonly Runs[];

/** The middle value; of an even number, the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2;
}

/** All runs of a row. */
export function runsOf(rounds: readonly Round[], row: number): Runs {
  return rounds.flatMap((round) => round[row] ?? []);
}

/**
 * How many times as long a row takes as another: the ratio of each round, whose rows saw about the same machine, and
 * of these the middle one.
 */
export function medianRatio(rounds: readonly Round[], row: number, base: number): number {
  return median(rounds.map((round) => median(round[row] ?? []) / median(round[base] ?? [])));
}

/** The same of the quickest run of each: what is left when nothing else kept the machine busy. */
export function leastRatio(rounds: readonly Round[], row: number, base: number): number {
  return Math.min(...runsOf(rounds, row)) / Math.min(...runsOf(rounds, base));
}
