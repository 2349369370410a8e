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
