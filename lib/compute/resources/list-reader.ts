import { JSONParser, TokenType } from '@streamparser/json';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import type { StreamedAnswer } from '../../http/client.js';
import { callIdOf } from '../client/answer.js';

/** One object of a list, or a name in a directory. */
export type Item = unknown;

/** No object of the service is nearly as large. */
const ITEM_LIMIT_BYTES = 16 * 1024 * 1024;
/** Nor as deep; what comes after would print it recursively. */
const DEPTH_LIMIT = 200;

/** The keys under which lists come: REST, and the Oracle Cloud Machine's manual. */
const LIST_KEYS = ['result', 'list'];

/**
 * The items of an answer's list, several at a time as they arrive: what has been taken is not held any longer.
 *
 * @throws OracleComputeError ANSWER_UNREADABLE, ANSWER_TOO_LARGE, and what reading the body throws
 */
export async function* readList(answer: StreamedAnswer, origin: string): AsyncGenerator<readonly Item[]> {
  requireJson(answer, origin);
  const reader = new ListReader(origin);
  yield* itemsOf(answer, origin, reader);
  if (!reader.isComplete) throw unreadable('ends in the middle of its JSON', answer, origin);
  if (!reader.hasList) throw unreadable('has no list in it', answer, origin);
}

async function* itemsOf(answer: StreamedAnswer, origin: string, reader: ListReader): AsyncGenerator<readonly Item[]> {
  let pending = 0;
  for await (const chunk of answer.body) {
    let items: Item[];
    try {
      items = reader.push(chunk);
    } catch (cause) {
      throw isOracleComputeError(cause) ? cause : unreadable('is not the JSON that it says', answer, origin, cause);
    }
    pending = items.length > 0 ? 0 : pending + chunk.length;
    if (pending > ITEM_LIMIT_BYTES) throw tooLarge(origin);
    if (items.length > 0) yield items;
  }
}

/**
 * As `readList`, of any answer in JSON: where it has no list, it is itself the only item, or the list.
 *
 * @throws OracleComputeError as `readList`
 */
export async function* readItems(answer: StreamedAnswer, origin: string): AsyncGenerator<readonly Item[]> {
  requireJson(answer, origin);
  const reader = new ListReader(origin);
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
  const value: unknown = JSON.parse(Buffer.concat(held).toString('utf8'));
  yield Array.isArray(value) ? value : [value];
}

/** An answer that is one object: all of it. Undefined where it has no content. */
export async function readObject(answer: StreamedAnswer, origin: string): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk);
    total += chunk.length;
    if (total > ITEM_LIMIT_BYTES) throw tooLarge(origin);
  }
  if (total === 0) return undefined;
  requireJson(answer, origin);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, total)));
  } catch (cause) {
    throw unreadable('is not the JSON that it says', answer, origin, cause);
  }
}

/** Takes the items out of a list while it arrives. */
class ListReader {
  hasList = false;
  private items: Item[] = [];
  private depth = 0;
  /** The last text, and the last key of the outermost object. */
  private text: unknown;
  private key: unknown;
  private readonly parser = new JSONParser({ paths: LIST_KEYS.map((key) => `$.${key}.*`), keepStack: false });

  constructor(private readonly origin: string) {
    this.parser.onValue = ({ key, value }) => {
      // The members of an object have names: that is no list.
      if (typeof key === 'number') this.items.push(value);
    };
    this.parser.onToken = ({ token, value }) => this.watch(token, value);
  }

  get isComplete(): boolean {
    return this.parser.isEnded;
  }

  /** The items that end in this piece of the answer. */
  push(chunk: Uint8Array): Item[] {
    this.parser.write(chunk);
    return this.items.splice(0);
  }

  private watch(token: TokenType, value: unknown): void {
    if (token === TokenType.STRING) this.text = value;
    if (token === TokenType.COLON && this.depth === 1) this.key = this.text;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.depth -= 1;
    if (token !== TokenType.LEFT_BRACE && token !== TokenType.LEFT_BRACKET) return;
    if (token === TokenType.LEFT_BRACKET && this.depth === 1 && LIST_KEYS.includes(String(this.key)))
      this.hasList = true;
    this.depth += 1;
    if (this.depth > DEPTH_LIMIT) throw tooDeep(this.origin);
  }
}

function requireJson(answer: StreamedAnswer, origin: string): void {
  const type = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^text\/(?:html|xml)$|[/+]xml$/.test(type)) throw unreadable(`is ${type}, not JSON`, answer, origin);
}

function unreadable(what: string, answer: StreamedAnswer, origin: string, cause?: unknown): OracleComputeError {
  const fields = { origin, callId: callIdOf(answer) };
  return new OracleComputeError('ANSWER_UNREADABLE', `the answer of ${origin} ${what}`, fields, { cause });
}

function tooLarge(origin: string): OracleComputeError {
  const message = `${origin} sent an object of more than ${ITEM_LIMIT_BYTES} bytes`;
  return new OracleComputeError('ANSWER_TOO_LARGE', message, { origin, limitBytes: ITEM_LIMIT_BYTES });
}

function tooDeep(origin: string): OracleComputeError {
  return new OracleComputeError(
    'ANSWER_UNREADABLE',
    `the answer of ${origin} is nested more than ${DEPTH_LIMIT} deep`,
    {
      origin,
    },
  );
}
