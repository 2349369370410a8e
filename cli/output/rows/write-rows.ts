import { isObject } from '../../../lib/text.js';
import type { GeneralOptions } from '../../options/general.js';
import type { World } from '../../world/world.js';
import { chooseColumns, fieldsOf, wantedFields } from './columns.js';
import { lineFormat } from './line-format.js';
import { printableJson } from './printable.js';
import { readAhead } from './read-ahead.js';

/** An object of the service as a row; what it has of fields, and in which order, is the service's business. */
export type ObjectRow = Readonly<Record<string, unknown>>;

/** Objects as they arrive, several at a time: each batch is written at once. A directory has names instead of objects. */
export type Batches = AsyncIterable<readonly unknown[]>;

/**
 * Writes a list as it arrives, in the format that was asked for: the original's `-f`, `-F` and `-H`. The widths of a
 * table are those of its first rows.
 *
 * @throws OracleComputeError USAGE where `--fields` names a field that no row has
 */
export async function writeRows(batches: Batches, options: GeneralOptions, world: World): Promise<void> {
  if (options.format === 'json') return writePieces(jsonList(batches), world);
  const wanted = wantedFields(options.fields).map((field) => field.toLowerCase());
  const { ahead, rest } = await readAhead(rowsOf(batches), world.clock, (rows) => {
    const seen = new Set(fieldsOf(rows).map((field) => field.toLowerCase()));
    return wanted.every((field) => seen.has(field));
  });
  const columns = chooseColumns(ahead.length === 0 ? undefined : fieldsOf(ahead), options.fields);
  const { heading, line, left } = lineFormat(columns, ahead, options, world.stdout);
  if (left > 0 && !options.quiet) {
    world.stderr.write(`${world.program}: ${left} more columns do not fit here: choose with -F, or take -f json\n`);
  }
  await writePieces(pieces(), world);

  async function* pieces(): AsyncGenerator<string> {
    if (!options.noHeader) yield `${heading}\n`;
    yield ahead.map((row) => `${line(row)}\n`).join('');
    for await (const rows of rest) yield rows.map((row) => `${line(row)}\n`).join('');
  }
}

/** One object: a row of a table, or itself as JSON. */
export async function writeObject(row: ObjectRow, options: GeneralOptions, world: World): Promise<void> {
  if (options.format === 'json') return writePieces(only(`${printableJson(row, 1)}\n`), world);
  return writeRows(only([row]), options, world);
}

/** `{"list": […]}`, a member to a line: there are scripts that grep it. */
async function* jsonList(batches: Batches): AsyncGenerator<string> {
  let isFirst = true;
  for await (const batch of batches) {
    const items = batch.map((item) => `\n  ${printableJson(item, 1).replaceAll('\n', '\n  ')}`);
    if (items.length === 0) continue;
    yield (isFirst ? '{\n "list": [' : ',') + items.join(',');
    isFirst = false;
  }
  yield isFirst ? '{\n "list": []\n}\n' : '\n ]\n}\n';
}

async function* rowsOf(batches: Batches): AsyncGenerator<readonly ObjectRow[]> {
  for await (const batch of batches) yield batch.map((item) => (isObject(item) ? item : { name: item }));
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Ends early, and quietly, where nobody reads any more. */
async function writePieces(pieces: AsyncIterable<string>, { stdout }: World): Promise<void> {
  for await (const piece of pieces) {
    if (piece === '') continue;
    stdout.write(piece);
    if (!(await stdout.drained())) return;
  }
}
