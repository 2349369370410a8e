import type { OutputStream } from '../../context/context.js';
import type { GeneralOptions } from '../../options/general.js';
import { cellText, printable, printableLines } from './printable.js';
import { layOutTable, tableLine } from './table.js';

/** An object of the service as a row; what it has of fields, and in which order, is the service's business. */
export type ObjectRow = Readonly<Record<string, unknown>>;

/** How the lines of a list are written. */
export interface LineFormat {
  readonly heading: string;
  line(row: ObjectRow): string;
  /** How many columns a terminal has no room for. */
  readonly left: number;
}

/** No terminal is nearly as wide: of more than this it would show the beginning anyway. In characters. */
const LONGEST_CELL = 4096;

/**
 * The original's formats for rows: `table` (columns padded with blanks), `tabbed`, `csv` (RFC 4180).
 *
 * @param columns their headings
 * @param sample the rows whose cells decide on the widths of a table
 * @param valueIn the value that a row has in a column
 */
export function lineFormat(
  columns: readonly string[],
  sample: readonly ObjectRow[],
  { format, noHeader }: GeneralOptions,
  output?: Pick<OutputStream, 'isTTY' | 'columns'>,
  valueIn: (row: ObjectRow, column: string) => unknown = (row, column) => row[column],
): LineFormat {
  const cellsOf = (row: ObjectRow) => columns.map((column) => cellText(valueIn(row, column), output));
  if (format === 'csv') {
    const csv = (cells: readonly string[]) => cells.map((cell) => csvCell(printableLines(cell, output))).join(',');
    return { heading: csv(columns), line: (row) => csv(cellsOf(row)), left: 0 };
  }
  const printed = (cells: readonly string[]) => cells.map((cell) => printable(cell, output));
  if (format === 'tabbed') {
    const tabbed = (cells: readonly string[]) => printed(cells).join('\t');
    return { heading: tabbed(columns), line: (row) => tabbed(cellsOf(row)), left: 0 };
  }
  const short = (cell: string) =>
    output?.isTTY && cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL)}…` : cell;
  const heading = printed(columns.map((column) => short(column.toUpperCase())));
  const cells = (row: ObjectRow) => printed(cellsOf(row).map(short));
  const lines = [...(noHeader ? [] : [heading]), ...sample.map(cells)];
  const layout = layOutTable(columns.length, lines, output?.isTTY ? (output.columns ?? 80) : undefined);
  return {
    heading: tableLine(heading, layout),
    line: (row) => tableLine(cells(row), layout),
    left: Math.max(0, columns.length - layout.widths.length),
  };
}

function csvCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
