import { OracleComputeError } from '../../lib/errors.js';
import { isObject, plainText, writeJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { infoLogger } from '../context/conversation.js';
import type { GeneralOptions } from '../flags/general.js';
import { Columns, lineFormat, type ObjectRow } from './rows.js';
import { cellText, lineWidth, printableJson, renderFields } from './text.js';

/** Objects as they arrive, in batches; each batch is written at once. A directory has names instead of objects. */
export type Batches = AsyncIterable<readonly unknown[]>;

/** The longest wait for the first rows at a terminal. Milliseconds. */
const LONGEST_WAIT = 200;
const CHOOSE = 'choose with -F, or use -f json';

/**
 * Writes a list as it arrives, in the format of the original's `-f`, `-F` and `-H`. The first rows decide the widths of a
 * table and, without `-F`, the columns.
 *
 * @param usual the columns on a terminal, without the container that the names have in common; all columns without it
 * @throws OracleComputeError USAGE if `--fields` names a field that no row has; FIELDS_LATE, after all rows are written, if
 *   later rows had fields without a column
 */
export async function writeRows(
  batches: Batches,
  options: GeneralOptions,
  context: Context,
  usual?: readonly string[],
): Promise<void> {
  const { stdout, clock } = context;
  if (options.format === 'json') return void (await writePieces(jsonList(batches, stdout), context));
  const isTable = options.format === undefined || options.format === 'table' || options.format === 'wide';
  const isForPerson = isTable && stdout.isTTY && options.format !== 'wide';
  const isShort = isForPerson && usual !== undefined && options.fields === undefined;
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
    const container = isShort ? commonContainer(ahead) : '';
    const { heading, line, left } = lineFormat(
      isShort ? columns.chooseUsual(usual) : columns.choose(),
      ahead,
      options,
      stdout,
      { valueIn: (row, column) => withoutContainer(columns.valueIn(row, column), container) },
    );
    if (container !== '' && !options.noHeader) infoLogger(options, context)(`names without ${container}`);
    if (left > 0) infoLogger(options, context)(`${left} more columns do not fit here: ${CHOOSE}`);
    const isWritten = await writePieces(pieces(), context);
    if (isWritten) columns.check();
    const { lateFields } = columns;
    if (!isWritten || lateFields === '' || isShort) return;
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

/** One object: its fields below each other on a terminal, else a row of a table or JSON. */
export async function writeObject(row: ObjectRow, options: GeneralOptions, context: Context): Promise<void> {
  const { stdout } = context;
  if (options.format === 'json') {
    await writePieces(only(`${printableJson(row, 1, stdout)}\n`), context);
    return;
  }
  const isForPerson = options.format === undefined && options.fields === undefined && stdout.isTTY;
  if (!isForPerson) return writeRows(only([row]), options, context);
  const fields = Object.entries(row).map(([name, value]): [string, string] => [shortened(name), fieldText(value)]);
  await writePieces(only(renderFields(fields, lineWidth(stdout))), context);

  function fieldText(value: unknown): string {
    const isPlainList = Array.isArray(value) && value.every((item) => typeof item !== 'object');
    return shortened(isPlainList ? value.join(', ') : cellText(value, stdout)) || '-';
  }
}

/** In characters: no one reads more of a field here. */
const LONGEST_FIELD = 2000;

function shortened(text: string): string {
  return plainText(text, LONGEST_FIELD);
}

/** The container that all names are in: of a user (`/Compute-acme/jack.jones@example.com/`), or of the customer; else ''. */
function commonContainer(rows: readonly ObjectRow[]): string {
  const [first = '', ...others] = rows.map(({ name }) => String(name));
  const candidates = [/^\/[^/]+\/[^/]+\/(?=.)/, /^\/[^/]+\/(?=.)/].map((form) => form.exec(first)?.[0] ?? '');
  return candidates.find((each) => each !== '' && others.every((name) => name.startsWith(each))) ?? '';
}

/** Also of names in other fields: `seclist:/Compute-acme/…`. */
function withoutContainer(value: unknown, container: string): unknown {
  if (container === '' || typeof value !== 'string') return value;
  const start = value.startsWith('/') ? 0 : value.indexOf(':') + 1;
  return value.startsWith(container, start) ? value.slice(0, start) + value.slice(start + container.length) : value;
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
