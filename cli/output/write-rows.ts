import { OracleComputeError } from '../../lib/errors.js';
import { isObject, writeJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type GeneralOptions, infoLogger } from '../flags/general.js';
import { Columns, lineFormat, type ObjectRow } from './rows.js';
import { printableJson } from './text.js';

/** Objects as they arrive, in batches; each batch is written at once. A directory has names instead of objects. */
export type Batches = AsyncIterable<readonly unknown[]>;

/** The longest wait for the first rows at a terminal. Milliseconds. */
const LONGEST_WAIT = 200;
const CHOOSE = 'choose with -F, or use -f json';

/**
 * Writes a list as it arrives, in the format of the original's `-f`, `-F` and `-H`. The first rows decide the widths of a
 * table and, without `-F`, the columns.
 *
 * @throws OracleComputeError USAGE if `--fields` names a field that no row has; FIELDS_LATE, after all rows are written, if
 *   later rows had fields without a column
 */
export async function writeRows(batches: Batches, options: GeneralOptions, context: Context): Promise<void> {
  const { stdout, clock } = context;
  if (options.format === 'json') return void (await writePieces(jsonList(batches, stdout), context));
  const isTable = options.format === undefined || options.format === 'table';
  const isForPerson = isTable && stdout.isTTY;
  const columns = new Columns(options.fields);
  const rows = rowsOf(batches);
  const waiting = new AbortController();
  const pause = clock.sleep(LONGEST_WAIT, waiting.signal).catch(() => undefined);
  try {
    const { ahead, isWhole, rest } = await readAhead(rows, {
      isEnough: (row) => {
        columns.add(row);
        return !isTable && columns.areFound;
      },
      sizeOf: (row) => writeJson(row).length,
      // Later rows can then change the widths only, not the columns or the exit status.
      pause: () => (isTable && (columns.areFound || (isForPerson && options.fields === undefined)) ? pause : undefined),
    });
    if (isWhole) columns.check();
    const { heading, line, left } = lineFormat(columns.choose(), ahead, options, stdout, (row, column) =>
      columns.valueIn(row, column),
    );
    if (left > 0) infoLogger(options, context)(`${left} more columns do not fit here: ${CHOOSE}`);
    const isWritten = await writePieces(pieces(), context);
    if (isWritten) columns.check();
    const { lateFields } = columns;
    if (!isWritten || lateFields === '') return;
    const message = `some rows have fields without a column, which appeared after the heading was printed: ${lateFields}`;
    if (!isForPerson) throw new OracleComputeError('FIELDS_LATE', message, {});
    infoLogger(options, context)(`${message}: ${CHOOSE}`);

    async function* pieces(): AsyncGenerator<string> {
      if (!options.noHeader) yield `${heading}\n`;
      yield ahead.map((row) => `${line(row)}\n`).join('');
      for await (const more of rest) {
        for (const row of more) columns.add(row);
        yield more.map((row) => `${line(row)}\n`).join('');
      }
    }
  } finally {
    waiting.abort();
    await rows.return(undefined);
  }
}

/** One object, as a row of a table or as JSON. */
export async function writeObject(row: ObjectRow, options: GeneralOptions, context: Context): Promise<void> {
  if (options.format === 'json') {
    await writePieces(only(`${printableJson(row, 1, context.stdout)}\n`), context);
    return;
  }
  return writeRows(only([row]), options, context);
}

/** `{"list": […]}`, one member on a line, because scripts grep it. */
async function* jsonList(batches: Batches, stdout: Context['stdout']): AsyncGenerator<string> {
  let isFirst = true;
  for await (const batch of batches) {
    const items = batch.map((item) => `\n  ${printableJson(item, 1, stdout).replaceAll('\n', '\n  ')}`);
    if (items.length === 0) continue;
    yield (isFirst ? '{\n "list": [' : ',') + items.join(',');
    isFirst = false;
  }
  yield isFirst ? '{\n "list": []\n}\n' : '\n ]\n}\n';
}

async function* rowsOf(batches: Batches): AsyncGenerator<readonly ObjectRow[], void> {
  for await (const batch of batches) yield batch.map((item) => (isObject(item) ? item : { name: item }));
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Stops without an error if the reader is gone. @returns false then */
async function writePieces(pieces: AsyncIterable<string>, { stdout }: Context): Promise<boolean> {
  for await (const piece of pieces) {
    if (piece === '') continue;
    stdout.write(piece);
    if (!(await stdout.drained())) return false;
  }
  return true;
}

/** At most this many rows decide the columns and widths. */
const MOST_ROWS = 500;
/** Or rows of this size together, in characters of JSON. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

interface ReadAhead<T> {
  readonly ahead: readonly T[];
  /** True if there are no other rows. */
  readonly isWhole: boolean;
  /** The rows after them. */
  readonly rest: AsyncIterable<readonly T[]>;
}

interface ReadAheadOptions<T> {
  /** Called with each row; true ends the reading. */
  readonly isEnough: (row: T) => boolean;
  readonly sizeOf: (row: T) => number;
  /** Ends the reading when it resolves. */
  readonly pause: () => Promise<unknown> | undefined;
}

/** The first rows of a list, up to a limit. Without a pause, the rows alone decide which. */
async function readAhead<T>(
  batches: AsyncIterator<readonly T[]>,
  { isEnough, sizeOf, pause }: ReadAheadOptions<T>,
): Promise<ReadAhead<T>> {
  const ahead: T[] = [];
  let size = 0;
  for (;;) {
    const next = batches.next();
    // The caller may never read the rest.
    next.catch(() => undefined);
    const patience = ahead.length > 0 ? pause()?.then(() => undefined) : undefined;
    const result = await (patience ? Promise.race([next, patience]) : next);
    if (result === undefined) return { ahead, isWhole: false, rest: continued([], next, batches) };
    if (result.done) return { ahead, isWhole: true, rest: continued([], next, batches) };
    for (const [index, row] of result.value.entries()) {
      ahead.push(row);
      size += sizeOf(row);
      if (!isEnough(row) && ahead.length < MOST_ROWS && size < MOST_CHARACTERS) continue;
      return { ahead, isWhole: false, rest: continued(result.value.slice(index + 1), undefined, batches) };
    }
  }
}

async function* continued<T>(
  left: readonly T[],
  next: Promise<IteratorResult<readonly T[]>> | undefined,
  batches: AsyncIterator<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  if (left.length > 0) yield left;
  for (let result = await (next ?? batches.next()); !result.done; result = await batches.next()) yield result.value;
}
