import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { plainText } from '../../text.js';
import { type AuthenticatedAnswer, type ComputeRequest, readRefusal } from '../client/authenticated-request.js';
import { requestUrl } from '../client/request-path.js';
import { OBJECT_WORDS, type ObjectKind } from './object-kind.js';

export { readList, readObject } from './list-reader.js';
export { conditionAfter, judge, notInTime } from './waiting.js';
export { readRefusal };

/** What calls on objects need of a session. */
export interface Sender {
  readonly endpoint: string;
  send(request: ComputeRequest): Promise<AuthenticatedAnswer>;
}

export interface ObjectCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the service, with its query. */
  readonly path: string;
  readonly headers?: ComputeRequest['headers'];
  /** JSON. */
  readonly text?: string;
}

/** The answer to a call, with any status except 401. */
export function sendCall(sender: Sender, { method, path, headers, text }: ObjectCall): Promise<AuthenticatedAnswer> {
  const body = text === undefined ? undefined : { bytes: Buffer.from(text) };
  return sender.send({ method, url: requestUrl(sender.endpoint, path), headers, body });
}

/**
 * Returns an answer that is not a refusal.
 *
 * @param name of the object, for the message if the service does not have it; undefined if the call names none
 * @throws OracleComputeError for a refusal. Its body is read: it would hold the connection otherwise
 */
export async function accept(
  answer: AuthenticatedAnswer,
  { endpoint }: Sender,
  kind: ObjectKind,
  name: string | undefined,
): Promise<AuthenticatedAnswer> {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const { error } = await readRefusal(answer, endpoint);
  if (!isOracleComputeError(error, 'REQUEST_REFUSED') || answer.status !== 404) throw error;
  const word = plainText(kind.word, 60);
  const message =
    name === undefined
      ? `the service has no kind of object ${JSON.stringify(word)}`
      : `no ${word} named ${JSON.stringify(plainText(name, 200))}`;
  const fields = { ...error.fields, kind: OBJECT_WORDS.includes(kind.word) ? kind.word : undefined };
  throw new OracleComputeError('REQUEST_REFUSED', message, fields, { cause: error });
}

/** What fails one object of several; what else fails would fail the others too, such as the end of the session. */
export function isOfOneObject(error: unknown): error is OracleComputeError {
  if (isOracleComputeError(error, 'UNREACHABLE')) return ['ECONNRESET', 'EPIPE'].includes(error.fields.cause);
  return isOracleComputeError(
    error,
    'ANSWER_TOO_LARGE',
    'ANSWER_UNREADABLE',
    'OBJECT_MALFORMED',
    'PATH_MALFORMED',
    'REDIRECTED',
    'REQUEST_REFUSED',
    'SERVICE_FAILED',
    'TIMED_OUT',
    'TOO_MANY_REQUESTS',
    'USAGE',
  );
}

export interface InOrderOptions<R> {
  /** How much work is under way at a time. */
  readonly parallel: number;
  /** True for a result after which no more work is begun. */
  readonly isLast?: (result: R) => boolean;
}

/** Results that may wait for an earlier one, for each piece of work at a time. */
const AHEAD = 4;

/**
 * Does work on each item, a fixed number at a time, and yields the results in the order of the items, each as soon as it
 * and those before it are there. Reads no more items than that takes, so that any number of them fits into memory.
 *
 * @throws the first error of an item or of its work, after the results of all work that was under way. No more is begun
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  { parallel, isLast }: InOrderOptions<R>,
): AsyncGenerator<R, void> {
  const source = items[Symbol.asyncIterator]();
  const begun: { isDone: boolean; results: R[] }[] = [];
  const errors: unknown[] = [];
  let [running, isReading, isEnded] = [0, false, false];
  let wake = () => {};
  const fail = (error: unknown) => {
    errors.push(error);
    isEnded = true;
  };
  const begin = (item: T) => {
    const own = { isDone: false, results: [] as R[] };
    begun.push(own);
    running += 1;
    const keep = (result: R) => {
      own.results.push(result);
      isEnded ||= isLast?.(result) === true;
    };
    const end = () => {
      own.isDone = true;
      running -= 1;
      read();
      wake();
    };
    work(item).then(keep, fail).then(end);
  };
  const read = () => {
    if (isReading || isEnded || running >= parallel || begun.length >= parallel * AHEAD) return;
    isReading = true;
    const take = ({ done, value }: IteratorResult<T>) => {
      if (done) isEnded = true;
      else if (!isEnded) begin(value);
    };
    const next = () => {
      isReading = false;
      read();
      wake();
    };
    source.next().then(take, fail).then(next);
  };
  try {
    for (;;) {
      read();
      const [first] = begun;
      if (first?.isDone) {
        begun.shift();
        yield* first.results;
      } else {
        if (!first && isEnded) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    isEnded = true;
    // A source that waits for more, such as a pipe, would not return now.
    source.return?.(undefined)?.then(undefined, () => undefined);
  }
  if (errors.length > 0) throw errors[0];
}
