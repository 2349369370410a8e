import type { OutputStream } from '../context/context.js';
import type { GeneralOptions } from '../options/general.js';
import { Columns } from './rows/columns.js';
import { lineFormat } from './rows/line-format.js';
import { printableJson } from './rows/printable.js';

export type Row = Readonly<Record<string, string | number | null>>;

/**
 * A short list in the format that was asked for, as the original's `-f`, `-F` and `-H` have it: `table` (columns padded
 * with blanks), `tabbed`, `csv` (RFC 4180), or `json` (`{"list": […]}`, always with all fields).
 *
 * @param output where it goes: a table is no wider than a terminal
 * @throws OracleComputeError USAGE where `--fields` names a column that does not exist
 */
export function renderRows(
  columns: readonly string[],
  rows: readonly Row[],
  options: GeneralOptions,
  output?: Pick<OutputStream, 'isTTY' | 'columns'>,
): string {
  if (options.format === 'json') return `${printableJson({ list: rows }, undefined, output)}\n`;
  const chosen = new Columns(options.fields);
  chosen.add(Object.fromEntries(columns.map((column) => [column, null])));
  chosen.check();
  const { heading, line } = lineFormat(options.fields === undefined ? columns : chosen.choose(), rows, options, output);
  const lines = [...(options.noHeader ? [] : [heading]), ...rows.map(line)];
  return lines.map((text) => `${text}\n`).join('');
}
