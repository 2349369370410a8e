import { readObject } from '../../lib/compute/resources/list-reader.js';
import type { StreamedAnswer } from '../../lib/http/client.js';
import { isObject } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import type { GeneralOptions } from '../options/general.js';
import { writeObject, writeRows } from '../output/rows/write-rows.js';

/** Shows an answer that is one object, or the several that a call made; nothing where it has no content. */
export async function writeAnswer(
  answer: StreamedAnswer,
  endpoint: string,
  options: GeneralOptions,
  context: Context,
): Promise<void> {
  const value = await readObject(answer, endpoint);
  if (!isObject(value)) return;
  // A launch plan answers with the instances that it starts.
  const several = listIn(value) ?? (options.format === 'json' ? undefined : value.instances);
  if (Array.isArray(several)) return writeRows(once(several), options, context);
  return writeObject(value, options, context);
}

/** The list in an answer, if it is one. */
export function listIn(value: unknown): readonly unknown[] | undefined {
  if (!isObject(value)) return undefined;
  const list = value.result ?? value.list;
  return Array.isArray(list) ? list : undefined;
}

export async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
