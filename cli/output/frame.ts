import { printable } from './rows/printable.js';
import type { Row } from './rows.js';

/** A table with a frame, as `--output table` of Oracle's CLI draws it. */
export function renderFrame(columns: readonly string[], rows: readonly Row[]): string {
  const cells = [columns, ...rows.map((row) => columns.map((column) => printable(String(row[column] ?? ''))))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const [heading = '', ...lines] = cells.map(
    (line) => `|${line.map((cell, index) => ` ${cell.padEnd(widths[index] ?? 0)} `).join('|')}|`,
  );
  return `${[rule, heading, rule, ...lines, rule].join('\n')}\n`;
}
