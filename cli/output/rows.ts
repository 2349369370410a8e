import { OracleComputeError } from '../../lib/errors.js';
import type { GeneralOptions } from '../options/general.js';

export type Row = Readonly<Record<string, string | number | null>>;

/**
 * A list in the format that was asked for, as the original's `-f`, `-F` and `-H` have it: `table` (columns padded with
 * blanks), `tabbed`, `csv` (RFC 4180), or `json` (`{"list": […]}`, always with all fields).
 *
 * @throws OracleComputeError USAGE where `--fields` names a column that does not exist
 */
export function renderRows(columns: readonly string[], rows: readonly Row[], options: GeneralOptions): string {
  if (options.format === 'json') return `${JSON.stringify({ list: rows })}\n`;
  const shown = chooseColumns(columns, options.fields);
  const heading = options.noHeader
    ? []
    : [shown.map((column) => (options.format === 'table' || !options.format ? column.toUpperCase() : column))];
  const cells = [...heading, ...rows.map((row) => shown.map((column) => String(row[column] ?? '')))];
  const lines = cells.map(lineWriter(options.format, cells));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function lineWriter(format: string | undefined, cells: readonly string[][]): (line: string[]) => string {
  if (format === 'csv') return (line) => line.map(csvCell).join(',');
  if (format === 'tabbed') return (line) => line.map((cell) => cell.replace(/[\t\r\n]/g, ' ')).join('\t');
  const widths = (cells[0] ?? []).map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return (line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
}

function csvCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function chooseColumns(columns: readonly string[], fields: string | undefined): readonly string[] {
  if (fields === undefined) return columns;
  return fields.split(',').map((field) => {
    const column = columns.find((name) => name.toLowerCase() === field.trim().toLowerCase());
    if (column !== undefined) return column;
    throw new OracleComputeError(
      'USAGE',
      `there is no field ${JSON.stringify(field)}; there are: ${columns.join(', ')}`,
      {},
    );
  });
}
