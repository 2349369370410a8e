import { OracleComputeError } from '../../lib/errors.js';
import { isObject, writeJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type GeneralOptions, infoLogger } from '../options/general.js';
import { Columns, lineFormat, type ObjectRow } from './rows.js';
import { printableJson } from './text.js';

/** Objects as they arrive, several at a time: each batch is written at once. A directory has names instead of objects. */
export type Batches = AsyncIterable<readonly unknown[]>;

/** Nobody at a terminal waits longer for the first row. Milliseconds. */
const LONGEST_WAIT = 200;
const CHOOSE = 'choose with -F, or take -f json';

/**
 * Writes a list as it arrives, in the format that was asked for: the original's `-f`, `-F` and `-H`. The first rows decide
 * on the columns where none are named, and on the widths of a table.
 *
 * @throws OracleComputeError USAGE where `--fields` names a field that no row has; FIELDS_LATE, when all rows are written,
 *   where some had fields that are not among the columns
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
      // What comes later changes the widths then, and neither the columns nor the exit status.
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
    const message = `some rows have fields that are not shown, because they came after the heading: ${lateFields}`;
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

/** One object: a row of a table, or itself as JSON. */
export async function writeObject(row: ObjectRow, options: GeneralOptions, context: Context): Promise<void> {
  if (options.format === 'json') {
    await writePieces(only(`${printableJson(row, 1, context.stdout)}\n`), context);
    return;
  }
  return writeRows(only([row]), options, context);
}

/** `{"list": […]}`, a member to a line: there are scripts that grep it. */
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

/** Ends early, and quietly, where nobody reads any more. @returns whether all was written */
async function writePieces(pieces: AsyncIterable<string>, { stdout }: Context): Promise<boolean> {
  for await (const piece of pieces) {
    if (piece === '') continue;
    stdout.write(piece);
    if (!(await stdout.drained())) return false;
  }
  return true;
}

/** As many rows decide on columns and widths. */
const MOST_ROWS = 500;
/** Or as many as are this large together, in characters of JSON. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

export interface ReadAhead<T> {
  readonly ahead: readonly T[];
  /** Was that all? */
  readonly isWhole: boolean;
  /** What comes after them. */
  readonly rest: AsyncIterable<readonly T[]>;
}

export interface ReadAheadOptions<T> {
  /** Gets each row, and says whether no further one is needed. */
  readonly isEnough: (row: T) => boolean;
  readonly sizeOf: (row: T) => number;
  /** What has come by then is enough as well, if there is one. */
  readonly pause: () => Promise<unknown> | undefined;
}

/** The first rows of a list, up to a bound. Which ones, depends on the rows alone, unless there is a pause. */
export async function readAhead<T>(
  batches: AsyncIterator<readonly T[]>,
  { isEnough, sizeOf, pause }: ReadAheadOptions<T>,
): Promise<ReadAhead<T>> {
  const ahead: T[] = [];
  let size = 0;
  for (;;) {
    const next = batches.next();
    // It may be left alone, where nobody takes the rest.
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
