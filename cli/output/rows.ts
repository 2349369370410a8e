import { OracleComputeError } from '../../lib/errors.js';
import { plainText } from '../../lib/text.js';
import type { OutputStream } from '../context/context.js';
import type { GeneralOptions } from '../flags/general.js';
import { layOutTable, tableLine } from './table.js';
import { cellText, printable, printableJson, printableLines } from './text.js';

export type Row = Readonly<Record<string, string | number | null>>;

/**
 * A short list in the format of the original's `-f`, `-F` and `-H`: `table` (columns padded with blanks), `wide` (not cut to
 * fit a terminal), `tabbed`, `csv` (RFC 4180), or `json` (`{"list": […]}`, always with all fields).
 *
 * @param output a table is not wider than this, if it is a terminal
 * @throws OracleComputeError USAGE if `--fields` names an unknown column
 */
export function renderRows(
  columns: readonly string[],
  rows: readonly Row[],
  options: GeneralOptions,
  output?: Pick<OutputStream, 'isTTY' | 'columns'>,
  painted?: PaintCell,
): string {
  if (options.format === 'json') return `${printableJson({ list: rows }, undefined, output)}\n`;
  const chosen = new Columns(options.fields);
  chosen.add(Object.fromEntries(columns.map((column) => [column, null])));
  chosen.check();
  const shown = options.fields === undefined ? columns : chosen.choose();
  const { heading, line } = lineFormat(shown, rows, options, output, { painted });
  const lines = [...(options.noHeader ? [] : [heading]), ...rows.map(line)];
  return lines.map((text) => `${text}\n`).join('');
}

/** An object of the service as a row. The service chooses its fields and their order. */
export type ObjectRow = Readonly<Record<string, unknown>>;

/** Gives a cell its color, after its width is decided. */
export type PaintCell = (text: string, column: string, row: ObjectRow) => string;

interface LineFormat {
  readonly heading: string;
  line(row: ObjectRow): string;
  /** How many columns do not fit the terminal. */
  readonly left: number;
}

/** In characters. No terminal is as wide. */
const LONGEST_CELL = 4096;

/**
 * @param columns the headings
 * @param sample the rows that decide the widths of a table
 * @param cells `valueIn` is the value of a row in a column
 */
export function lineFormat(
  columns: readonly string[],
  sample: readonly ObjectRow[],
  { format, noHeader }: GeneralOptions,
  output?: Pick<OutputStream, 'isTTY' | 'columns'>,
  {
    valueIn = (row, column) => row[column],
    painted = (text) => text,
  }: { readonly valueIn?: (row: ObjectRow, column: string) => unknown; readonly painted?: PaintCell } = {},
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
  // On a terminal, the words of a heading: TOKEN EXPIRES AT.
  const isForPerson = output?.isTTY && format !== 'wide';
  const words = (column: string) => (isForPerson ? column.replace(/([a-z])(?=[A-Z])|_/g, '$1 ') : column);
  const heading = printed(columns.map((column) => short(words(column).toUpperCase())));
  const cells = (row: ObjectRow) => printed(cellsOf(row).map(short));
  const lines = [...(noHeader ? [] : [heading]), ...sample.map(cells)];
  const layout = layOutTable(columns.length, lines, isForPerson ? (output.columns ?? 80) : undefined);
  return {
    heading: tableLine(heading, layout),
    line: (row) => tableLine(cells(row), layout, (text, index) => painted(text, columns[index] ?? '', row)),
    left: Math.max(0, columns.length - layout.widths.length),
  };
}

function csvCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** No object has as many fields. */
const MOST_COLUMNS = 1000;
/** For kinds of objects that the manuals do not name. */
const OFTEN_LOOKED_FOR = ['name', 'state', 'status', 'enabled', 'type', 'description'];
/** Length of a list of names in a message, in characters. */
const LONGEST_LIST = 1000;

/**
 * The columns of a list whose rows decide the fields: `name` first, then in the order of the service; or those of
 * `--fields`, in its order, in upper or lower case.
 */
export class Columns {
  private readonly wanted: readonly string[] | undefined;
  /** The service's names of the wanted fields that rows have. */
  private readonly found = new Map<string, string>();
  private readonly known = new Set<string>();
  private readonly late = new Set<string>();
  private isChosen = false;

  /** @throws OracleComputeError USAGE if `--fields` is empty */
  constructor(fields: string | undefined) {
    this.wanted = fields
      ?.split(',')
      .map((field) => field.trim())
      .filter((field) => field !== '');
    if (this.wanted?.length === 0) throw new OracleComputeError('USAGE', '--fields is empty', {});
  }

  /** Adds the fields of a row. */
  add(row: object): void {
    for (const field of Object.keys(row)) {
      if (this.known.has(field) || this.late.has(field)) continue;
      if (this.known.size < MOST_COLUMNS && (this.wanted || !this.isChosen)) this.known.add(field);
      else if (this.late.size < MOST_COLUMNS) this.late.add(field);
      for (const wanted of this.missing()) {
        if (wanted.toLowerCase() === field.toLowerCase()) this.found.set(wanted, field);
      }
    }
  }

  /** True if `--fields` is given and the rows so far have every field of it. */
  get areFound(): boolean {
    return this.wanted !== undefined && this.missing().length === 0;
  }

  /** The names of the columns. New fields of later rows are late. */
  choose(): readonly string[] {
    this.isChosen = true;
    if (this.wanted) return this.wanted.map((field) => this.found.get(field) ?? field);
    return this.known.size === 0 ? ['name'] : this.fields;
  }

  /** Like `choose`, for a person: the fields that people look for, if rows have them. */
  chooseUsual(usual: readonly string[]): readonly string[] {
    const all = this.choose();
    if (this.wanted) return all;
    const found = (usual.length > 0 ? usual : OFTEN_LOOKED_FOR).filter((field) => this.known.has(field));
    return found.length > 1 ? found : all;
  }

  /** The value of a row in a column. */
  valueIn(row: ObjectRow, column: string): unknown {
    const field = this.found.get(column) ?? column;
    return Object.hasOwn(row, field) ? row[field] : undefined;
  }

  /** Call it after the last row. @throws OracleComputeError USAGE if no row has a wanted field */
  check(): void {
    const [field] = this.missing();
    if (field === undefined || this.known.size === 0) return;
    const names = plainText(this.fields.join(', '), LONGEST_LIST);
    throw new OracleComputeError('USAGE', `no field ${JSON.stringify(field)}; fields: ${names}`, {});
  }

  /** The fields without a column, because they appeared too late. */
  get lateFields(): string {
    return this.wanted ? '' : plainText([...this.late].join(', '), LONGEST_LIST);
  }

  private get fields(): readonly string[] {
    const others = [...this.known].filter((field) => field !== 'name');
    return this.known.has('name') ? ['name', ...others] : others;
  }

  private missing(): readonly string[] {
    return this.wanted?.filter((field) => !this.found.has(field)) ?? [];
  }
}

/** A table with a frame, as in `--output table` of Oracle's CLI. */
export function renderFrame(columns: readonly string[], rows: readonly Row[]): string {
  const cells = [columns, ...rows.map((row) => columns.map((column) => printable(String(row[column] ?? ''))))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const [heading = '', ...lines] = cells.map(
    (line) => `|${line.map((cell, index) => ` ${cell.padEnd(widths[index] ?? 0)} `).join('|')}|`,
  );
  return `${[rule, heading, rule, ...lines, rule].join('\n')}\n`;
}
