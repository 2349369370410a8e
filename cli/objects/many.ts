import { isOfOneObject, type ObjectKind, parseObjectKind, usualFields } from '../../lib/compute/objects.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import type { ComputeObjects, ObjectResult } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { canPrompt, confirm, infoLogger, type StatusLine, statusLine } from '../context/conversation.js';
import { gravestStatus, reportFailure } from '../errors/report-error.js';
import type { GeneralOptions } from '../flags/general.js';
import { writeRows } from '../output/write-rows.js';
import { openUsedSession } from '../settings/compute.js';
import { suggestKind, writeAnswer } from './calls.js';
import type { ManyOptions } from './options.js';

/** What is done to objects, given their names. */
type Action = (objects: ComputeObjects, names: AsyncIterable<string>, line: StatusLine) => AsyncIterable<ObjectResult>;

interface ManyWork {
  /** The command, for its usage. */
  readonly command: string;
  readonly act: Action;
  /** Asks before it is done to several objects, if the user can answer. */
  readonly isAsked?: boolean;
  /** True if it only looks: it then ends if its reader has gone. */
  readonly isLook?: boolean;
}

/**
 * Does something to the objects that the line or standard input names, and prints the results: one object by itself,
 * several as a list. The others go on if one fails.
 */
export async function runOnNames(
  options: ManyOptions,
  context: Context,
  { command, act, isAsked, isLook }: ManyWork,
): Promise<number> {
  const kind = parseObjectKind(options.object);
  const { list, names } = givenNames(kind, options, command);
  const isOne = names.length === 1 && names[0] !== '-';
  const { size } = new Set(names);
  if (isAsked && size > 1 && canPrompt(context) && !(await confirm(`${command} ${size} x ${kind.word}?`, context))) {
    throw new OracleComputeError('INTERRUPTED', 'Cancelled.', { signal: 'SIGINT' });
  }
  const { session } = await openUsedSession(options, context);
  const objects = session.objects(options.object, list);
  const input = new AbortController();
  const tally = new Tally(options, context, kind);
  const source = names[0] === '-' ? tally.watched(namesFromInput(options, context, input.signal)) : tally.listed(names);
  const results = act(objects, source, tally.line)[Symbol.asyncIterator]();
  try {
    if (isOne) {
      const { value } = await results.next();
      tally.line.clear();
      if (value?.error) throw suggestKind(value.error, kind);
      await writeAnswer(value?.object, kind, options, context);
      return 0;
    }
    await writeList(tally.objectsOf(results), options, context, kind);
    // What is under way to change objects is done to the end.
    if (!isLook) for await (const _ of tally.objectsOf(results));
    if (tally.isEmpty && context.stderr.isTTY) infoLogger(options, context)('no names on standard input');
    return tally.status;
  } catch (error) {
    throw isOne ? error : tally.withCount(error);
  } finally {
    tally.line.clear();
    input.abort();
    results.return?.();
  }
}

/** Writes rows. If there are none, only JSON has an (empty) list. */
async function writeList(
  batches: AsyncGenerator<readonly unknown[]>,
  options: GeneralOptions,
  context: Context,
  kind: ObjectKind,
): Promise<void> {
  if (options.format === 'json') return writeRows(batches, options, context);
  const first = await batches.next();
  if (first.done) return;
  const all = async function* () {
    yield first.value;
    yield* batches;
  };
  return writeRows(all(), options, context, usualFields(kind));
}

/**
 * The objects in several containers, one after the other; the others go on if one fails.
 *
 * @param find gives those of one
 */
export async function runOnContainers(
  containers: readonly string[],
  kind: ObjectKind,
  options: GeneralOptions,
  context: Context,
  find: (container: string | undefined) => AsyncGenerator<readonly unknown[]>,
  usual?: readonly string[],
): Promise<number> {
  const tally = new Tally(options, context, kind);
  const batches = async function* () {
    for (const name of containers.length === 0 ? [undefined] : containers) {
      try {
        yield* find(name);
      } catch (error) {
        if (containers.length < 2 || !isOfOneObject(error)) throw suggestKind(error, kind);
        tally.take({ name: name ?? '', error });
      }
    }
  };
  await writeRows(batches(), options, context, usual);
  return tally.status;
}

/** The names of a line. @throws OracleComputeError USAGE */
function givenNames(
  kind: ObjectKind,
  { names: given = [] }: ManyOptions,
  usage: string,
): { readonly list: string | undefined; readonly names: readonly string[] } {
  const wrong = (what: string) => new OracleComputeError('USAGE', what, { usage });
  const [list, ...versions] = given;
  if (kind.below !== undefined && versions.length === 0)
    throw wrong(`${kind.word} needs the name of the list and a version`);
  const names = kind.below === undefined ? given : versions;
  if (names.length > 1 && names.includes('-')) throw wrong('give names, or - to read them from stdin, not both');
  return { list: kind.below === undefined ? undefined : list, names };
}

/** No name is nearly as long. In characters. */
const LONGEST_NAME = 65_536;

/** The heading of `discover` and of `list -F name`, which scripts leave in. */
const HEADING = 'NAME';

/** Names from standard input, one a line, or each with a NUL behind it. @throws OracleComputeError NOT_UTF8 */
async function* namesFromInput(options: ManyOptions, { stdin }: Context, signal: AbortSignal): AsyncGenerator<string> {
  const ending = options.null ? '\0' : '\n';
  // Also drops a byte order mark.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      throw new OracleComputeError('NOT_UTF8', 'standard input is not UTF-8', {}, { cause });
    }
  };
  let [text, isFirst] = ['', true];
  const read = function* (lines: readonly string[]) {
    for (const line of lines) {
      const name = options.null ? line : line.trim();
      if (name !== '' && !(isFirst && name === HEADING)) yield name;
      isFirst = false;
    }
  };
  for await (const chunk of stdin.read(signal)) {
    const lines = (text + decode(chunk)).split(ending);
    text = lines.pop() ?? '';
    if (text.length > LONGEST_NAME) {
      throw new OracleComputeError('OBJECT_MALFORMED', 'standard input has no names in it', { given: 'name' });
    }
    yield* read(lines);
  }
  yield* read([text + decode()]);
}

/** From how many names on progress is shown. */
const FEW = 10;
/** Milliseconds. */
const REDRAW = 100;

/** Counts what comes of many objects, reports failures as they come, and shows progress on a terminal. */
class Tally {
  /** The gravest exit status. */
  status = 0;
  readonly line: StatusLine;
  private done = 0;
  private failed = 0;
  private read = 0;
  private total: number | undefined;
  private shownAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: GeneralOptions,
    private readonly context: Context,
    private readonly kind: ObjectKind,
  ) {
    this.line = statusLine(options, context);
  }

  get isEmpty(): boolean {
    return this.read === 0;
  }

  async *listed(names: readonly string[]): AsyncGenerator<string> {
    this.read = new Set(names).size;
    this.total = this.read;
    yield* names;
  }

  /** Counts names as they are read. */
  async *watched(names: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const name of names) {
      this.read += 1;
      yield name;
    }
    this.total = this.read;
  }

  /** What the service says of the objects. Leaves the results open, so that a reader who has gone does not end them. */
  async *objectsOf(results: AsyncIterator<ObjectResult>): AsyncGenerator<readonly unknown[]> {
    for (let next = await results.next(); !next.done; next = await results.next()) {
      this.take(next.value);
      const { object } = next.value;
      if (object !== undefined) {
        this.line.clear();
        yield [object];
      }
      this.show();
    }
    this.line.clear();
  }

  take({ name, error }: ObjectResult): void {
    if (!error) {
      this.done += 1;
      return;
    }
    this.failed += 1;
    this.line.clear();
    const status = reportFailure(suggestKind(error, this.kind), name, this.context, this.options);
    this.status = gravestStatus(this.status, status);
  }

  /** The error that ended all, with how many were done until then. */
  withCount(error: unknown): unknown {
    if (!isOracleComputeError(error)) return error;
    const { code, message, fields } = error;
    return new OracleComputeError(code, `${message} (${this.count})`, fields, { cause: error });
  }

  private get count(): string {
    const all = this.total === undefined ? '' : ` of ${this.total}`;
    return `${this.done}${all} done${this.failed === 0 ? '' : `, ${this.failed} failed`}`;
  }

  private show(): void {
    const now = this.context.clock.monotonic();
    if (this.read <= FEW || now - this.shownAt < REDRAW) return;
    this.shownAt = now;
    this.line.show(this.count);
  }
}
