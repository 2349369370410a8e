import type { GeneralOptions } from '../../options/general.js';
import type { OutputStream } from '../../world/world.js';
import { cellText, printable, printableLines } from './printable.js';
import { layOutTable, tableLine } from './table.js';

/** How the lines of a list are written. */
export interface LineFormat {
  readonly heading: string;
  line(row: object): string;
  /** How many columns a terminal has no room for. */
  readonly left: number;
}

/**
 * The original's formats for rows: `table` (columns padded with blanks), `tabbed`, `csv` (RFC 4180).
 *
 * @param sample the rows whose cells decide on the widths of a table
 */
export function lineFormat(
  columns: readonly string[],
  sample: readonly object[],
  { format, noHeader }: GeneralOptions,
  output?: Pick<OutputStream, 'isTTY' | 'columns'>,
): LineFormat {
  const cellsOf = (row: object) => {
    const values = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => cellText(values.get(column)));
  };
  if (format === 'csv') {
    const csv = (cells: readonly string[]) => cells.map(csvCell).join(',');
    return { heading: csv(columns), line: (row) => csv(cellsOf(row)), left: 0 };
  }
  if (format === 'tabbed') {
    const tabbed = (cells: readonly string[]) => cells.map(printable).join('\t');
    return { heading: tabbed(columns), line: (row) => tabbed(cellsOf(row)), left: 0 };
  }
  const heading = columns.map((column) => printable(column.toUpperCase()));
  const printed = (row: object) => cellsOf(row).map(printable);
  const lines = [...(noHeader ? [] : [heading]), ...sample.map(printed)];
  const layout = layOutTable(columns.length, lines, output?.isTTY ? (output.columns ?? 80) : undefined);
  return {
    heading: tableLine(heading, layout),
    line: (row) => tableLine(printed(row), layout),
    left: Math.max(0, columns.length - layout.widths.length),
  };
}

function csvCell(text: string): string {
  const cell = printableLines(text);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
