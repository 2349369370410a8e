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

/** An axis from a power of ten at or below the least value to one at or above the greatest; `between` are further ticks. */
export function logarithmicAxis(values: readonly number[], between: readonly number[] = []): Axis {
  const powers = values.map(Math.log10);
  const low = Math.floor(Math.min(...powers));
  const high = Math.max(Math.ceil(Math.max(...powers)), low + 1);
  const ticks = Array.from({ length: high - low }, (_, index) => low + index).flatMap((power) =>
    [1, ...between].map((factor) => factor * 10 ** power),
  );
  return { ticks: [...ticks, 10 ** high], position: (value) => (Math.log10(value) - low) / (high - low) };
}

/** 10000 as `10 000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
