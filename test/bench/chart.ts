/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What a chart says beside its lines. */
export interface ChartTexts {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

/** An axis with a logarithmic scale. */
export interface Axis {
  readonly ticks: readonly number[];
  /** Where a value stands between the first tick, 0, and the last, 1. */
  position(value: number): number;
}

/** A logarithmic axis from the last tick at or below all values to the first at or above; ticks are `steps` of each power of ten. */
export function logarithmicAxis(values: readonly number[], steps: readonly number[] = [1]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const first = Math.floor(Math.log10(least));
  const powers = Array.from({ length: Math.ceil(Math.log10(most)) - first + 2 }, (_, index) => 10 ** (first + index));
  const all = powers.flatMap((power) => steps.map((step) => step * power));
  const low = all.filter((tick) => tick <= least).at(-1) ?? least;
  const high = all.find((tick) => tick >= most && tick > low) ?? most;
  return {
    ticks: all.filter((tick) => low <= tick && tick <= high),
    position: (value) => Math.log(value / low) / Math.log(high / low),
  };
}

/** 10000 as `10 000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
