import { type ParsedTokenInfo, Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { OracleComputeError } from '../../errors.js';
import { collect } from '../../http/body.js';
import type { StreamedAnswer } from '../../http/client.js';
import { DEEPEST_JSON, ExactNumber } from '../../text.js';

/** One object of a list, or a name in a directory. */
type Item = unknown;

/** No object of the service is nearly as large. */
export const OBJECT_LIMIT_BYTES = 4 * 1024 * 1024;

/** The paths of lists and of their items: REST, and the Oracle Cloud Machine's manual. */
const LIST_PATHS = ['$.result', '$.result.*', '$.list', '$.list.*'];

/**
 * The items of an answer's list, several at a time as they arrive; items already yielded are not held. The time limit
 * restarts with each item.
 *
 * @throws OracleComputeError ANSWER_UNREADABLE, ANSWER_TOO_LARGE, and what reading the body throws
 */
export async function* readList(answer: StreamedAnswer, origin: string): AsyncGenerator<readonly Item[]> {
  const reader = new ListReader();
  yield* itemsOf(answer, origin, reader);
  requireJson(answer, origin);
  if (!reader.isComplete) throw unreadable('ends in the middle of its JSON', answer, origin);
  if (!reader.hasList) throw unreadable('has no list in it', answer, origin);
}

async function* itemsOf(answer: StreamedAnswer, origin: string, reader: ListReader): AsyncGenerator<readonly Item[]> {
  let pending = 0;
  // What is thrown in the loop ends the body too, whose connection would keep the process alive.
  for await (const chunk of answer.body) {
    requireJson(answer, origin);
    const items = readingJson(() => reader.push(chunk), answer, origin);
    pending = items.length > 0 ? 0 : pending + chunk.length;
    if (pending > OBJECT_LIMIT_BYTES) throw tooLarge(origin);
    if (items.length === 0) continue;
    answer.extend();
    yield items;
  }
}

/**
 * As `readList`, for any answer in JSON. If it has no list, the answer is itself the only item, or the list.
 *
 * @throws OracleComputeError as `readList`
 */
export async function* readItems(answer: StreamedAnswer, origin: string): AsyncGenerator<readonly Item[]> {
  const reader = new ListReader();
  let held: Uint8Array[] | undefined = [];
  const body = async function* () {
    for await (const chunk of answer.body) {
      held?.push(chunk);
      yield chunk;
    }
  };
  for await (const items of itemsOf({ ...answer, body: body() }, origin, reader)) {
    held = undefined;
    yield items;
  }
  if (held?.every(({ length }) => length === 0)) return;
  if (!reader.isComplete) throw unreadable('ends in the middle of its JSON', answer, origin);
  if (reader.hasList || held === undefined) return;
  const value = parseExactJson(Buffer.concat(held));
  yield Array.isArray(value) ? value : [value];
}

/** An answer that is one object, read whole within the time limit. Undefined if it has no content. */
export async function readObject(answer: StreamedAnswer, origin: string): Promise<unknown> {
  const body = await collect(answer.body, OBJECT_LIMIT_BYTES, origin);
  if (body.length === 0) return undefined;
  requireJson(answer, origin);
  return readingJson(() => parseExactJson(body), answer, origin);
}

function readingJson<T>(read: () => T, answer: StreamedAnswer, origin: string): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(
      cause instanceof RangeError ? cause.message : 'is not the JSON that it says',
      answer,
      origin,
      cause,
    );
  }
}

/** Takes the items out of a list while it arrives. */
class ListReader {
  hasList = false;
  private items: Item[] = [];
  private readonly reader = new JsonReader(LIST_PATHS, ({ key, value, stack }) => {
    // The members of an object have names: that is no list.
    if (typeof key === 'number') this.items.push(value);
    else if (stack.length === 1 && Array.isArray(value)) this.hasList = true;
  });

  get isComplete(): boolean {
    return this.reader.isComplete;
  }

  /** The items that end in this piece of the answer. */
  push(chunk: Uint8Array): Item[] {
    this.reader.write(chunk);
    return this.items.splice(0);
  }
}

function requireJson(answer: StreamedAnswer, origin: string): void {
  const type = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/html') throw unreadable('is text/html, not JSON', answer, origin);
  if (/[/+]xml$/.test(type)) throw unreadable('is XML, not JSON', answer, origin);
}

function unreadable(what: string, answer: StreamedAnswer, origin: string, cause?: unknown): OracleComputeError {
  const fields = { origin, callId: answer.callId };
  return new OracleComputeError('ANSWER_UNREADABLE', `the answer of ${origin} ${what}`, fields, { cause });
}

function tooLarge(origin: string): OracleComputeError {
  const message = `${origin} sent an object of more than ${OBJECT_LIMIT_BYTES} bytes`;
  return new OracleComputeError('ANSWER_TOO_LARGE', message, { origin, limitBytes: OBJECT_LIMIT_BYTES });
}

/** JSON of the service, or for it, piece by piece as it comes: numbers stay exact, and nothing is nested too deep. */
class JsonReader {
  private readonly tokenizer = new ExactTokenizer();
  private readonly parser: TokenParser;
  private depth = 0;

  /** @param paths of the values that `onValue` gets; `$` for the whole */
  constructor(paths: string[], onValue: TokenParser['onValue']) {
    this.parser = new TokenParser({ paths, keepStack: false });
    this.parser.onValue = onValue;
    this.parser.onEnd = () => this.tokenizer.isEnded || this.tokenizer.end();
    this.tokenizer.onToken = (token) => this.take(token);
  }

  get isComplete(): boolean {
    return this.parser.isEnded;
  }

  /** @throws RangeError if it is nested too deep; another error if it is not JSON */
  write(piece: Uint8Array | string): void {
    this.tokenizer.write(piece);
  }

  private take(info: ParsedTokenInfo): void {
    const { token } = info;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.depth += 1;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.depth -= 1;
    if (this.depth > DEEPEST_JSON) throw new RangeError(`is nested more than ${DEEPEST_JSON} deep`);
    this.parser.write(info);
  }
}

class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    const number = Number(text);
    // The parser takes any value for that of a token.
    return String(number) === text ? number : (new ExactNumber(text) as unknown as number);
  }
}

/** What a whole JSON text says. @throws as `JsonReader.write` */
export function parseExactJson(text: Uint8Array | string): unknown {
  let whole: unknown;
  const reader = new JsonReader(['$'], ({ value }) => {
    whole = value;
  });
  reader.write(text);
  // A number ends only when another character follows.
  if (!reader.isComplete) reader.write('\n');
  if (!reader.isComplete) throw new SyntaxError('JSON that ends in its middle');
  return whole;
}
