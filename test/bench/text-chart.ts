import { type ChartTexts, formatCount, logarithmicAxis, type Series } from './chart.js';
import { renderTable } from './table.js';

const HEIGHT = 15;
const COLUMN = 12;

/** A chart for a terminal, both scales logarithmic: a letter for each line, and the figures below. */
export function renderTextChart(series: readonly Series[], texts: ChartTexts): string {
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))];
  const axis = logarithmicAxis(
    series.flatMap(({ points }) => points.map(({ y }) => y)),
    [1, 2, 5],
  );
  const rowOf = (y: number) => Math.round(axis.position(y) * (HEIGHT - 1));
  const grid = Array.from({ length: HEIGHT }, () => Array<string>(sizes.length * COLUMN).fill(' '));
  for (const [index, { points }] of series.entries()) {
    for (const { x, y } of points) {
      const row = grid[rowOf(y)];
      // Side by side, so that lines that run together are all seen.
      if (row) row[sizes.indexOf(x) * COLUMN + 2 + index * 2] = letter(index);
    }
  }
  const labels = new Map(axis.ticks.map((tick) => [rowOf(tick), formatCount(tick)]));
  const lines = grid.map((row, index) => `${(labels.get(index) ?? '').padStart(7)} |${row.join('').trimEnd()}`);
  const below = sizes.map((size) => formatCount(size).padStart(8).padEnd(COLUMN)).join('');
  const figures = series.map(({ name, points }, index) => [
    `${letter(index)}  ${name}`,
    ...points.map(({ y }) => y.toFixed(0)),
  ]);
  return [
    `\n${texts.title}\n${texts.y}\n`,
    ...lines.reverse().map((line) => `${line}\n`),
    `        +${'-'.repeat(below.length)}\n         ${below.trimEnd()}  ${texts.x}\n`,
    renderTable([texts.y, ...sizes.map(formatCount)], figures, 1),
  ].join('');
}

function letter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
