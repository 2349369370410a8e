import type { Clock } from '../../../lib/clock.js';

export interface ReadAhead<T> {
  readonly ahead: readonly T[];
  /** What comes after them. */
  readonly rest: AsyncIterable<readonly T[]>;
}

/** As many rows decide on the widths of a table. */
const MOST_ROWS = 500;
/** Nobody waits longer for the first row. Milliseconds. */
const LONGEST_WAIT = 200;

const PAUSE = Symbol('pause');

/**
 * The first rows of a list: what has come before the service pauses, up to a bound.
 *
 * @param isEnough where not, a pause is waited out
 */
export async function readAhead<T>(
  batches: AsyncIterable<readonly T[]>,
  clock: Pick<Clock, 'sleep'>,
  isEnough: (rows: readonly T[]) => boolean,
): Promise<ReadAhead<T>> {
  const iterator = batches[Symbol.asyncIterator]();
  const ahead: T[] = [];
  const waiting = new AbortController();
  const pause = clock.sleep(LONGEST_WAIT, waiting.signal).then(
    () => PAUSE,
    () => PAUSE,
  );
  try {
    let next = iterator.next();
    while (ahead.length < MOST_ROWS) {
      const patience = ahead.length > 0 && isEnough(ahead) ? [pause] : [];
      const result = await Promise.race([next, ...patience]);
      if (typeof result === 'symbol') break;
      if (result.done) return { ahead, rest: none() };
      for (const row of result.value) ahead.push(row);
      next = iterator.next();
    }
    return { ahead, rest: continued(next, iterator) };
  } finally {
    waiting.abort();
  }
}

async function* none(): AsyncGenerator<never> {}

async function* continued<T>(first: Promise<IteratorResult<T>>, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = await first; !result.done; result = await iterator.next()) yield result.value;
}
