import { OracleComputeError } from '../../../lib/errors.js';
import { plainText } from '../../../lib/text.js';
import type { ObjectRow } from './line-format.js';

/** No object has nearly as many fields, and each is a cell of every line. */
const MOST_COLUMNS = 1000;
/** Of names in a message, in characters. */
const LONGEST_LIST = 1000;

/**
 * The columns of a list whose fields are known from its rows only: `name` first, then as the service has them; or those
 * that `--fields` names, in its order and whatever their case.
 */
export class Columns {
  private readonly wanted: readonly string[] | undefined;
  /** What the service calls the fields that are wanted, as far as it has any. */
  private readonly found = new Map<string, string>();
  private readonly known = new Set<string>();
  private readonly late = new Set<string>();
  private isChosen = false;

  /** @throws OracleComputeError USAGE where `--fields` names no field */
  constructor(fields: string | undefined) {
    this.wanted = fields
      ?.split(',')
      .map((field) => field.trim())
      .filter((field) => field !== '');
    if (this.wanted?.length === 0) throw new OracleComputeError('USAGE', '--fields names no field', {});
  }

  /** Takes note of the fields of a row. */
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

  /** Are there columns that have been asked for, and have rows had a field for each of them? */
  get areFound(): boolean {
    return this.wanted !== undefined && this.missing().length === 0;
  }

  /** What the columns are called. Fields that come from now on are late. */
  choose(): readonly string[] {
    this.isChosen = true;
    if (this.wanted) return this.wanted.map((field) => this.found.get(field) ?? field);
    return this.known.size === 0 ? ['name'] : this.fields;
  }

  /** The value that a row has in a column. */
  valueIn(row: ObjectRow, column: string): unknown {
    const field = this.found.get(column) ?? column;
    return Object.hasOwn(row, field) ? row[field] : undefined;
  }

  /** To be asked when all rows have come. @throws OracleComputeError USAGE where no row has a field that is wanted */
  check(): void {
    const [field] = this.missing();
    if (field === undefined || this.known.size === 0) return;
    const names = plainText(this.fields.join(', '), LONGEST_LIST);
    throw new OracleComputeError('USAGE', `there is no field ${JSON.stringify(field)}; there are: ${names}`, {});
  }

  /** The fields that came too late to get a column. */
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
