import { stat } from 'node:fs/promises';
import {
  decodeText,
  listIn,
  OBJECT_LIMIT_BYTES,
  OBJECT_WORDS,
  type ObjectBody,
  type ObjectKind,
  parseObjectBody,
  usualFields,
} from '../../lib/compute/objects.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { fileBody, type RequestBody, streamBody } from '../../lib/index.js';
import { isObject, plainText } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import type { GeneralOptions } from '../flags/general.js';
import { writeObject, writeRows } from '../output/write-rows.js';
import { nearest } from '../parser/suggest.js';
import { expandHome } from '../settings/general.js';

/** An error with the kind of object that was probably meant, if the service does not have the object or its kind. */
export function suggestKind<E>(error: E, { word }: ObjectKind): E | OracleComputeError {
  if (!isOracleComputeError(error, 'REQUEST_REFUSED') || error.fields.status !== 404) return error;
  const meantKind = OBJECT_WORDS.includes(word) ? undefined : nearest(word, OBJECT_WORDS);
  if (meantKind === undefined) return error;
  const message = `unknown kind of object ${JSON.stringify(plainText(word, 60))}; did you mean "${meantKind}"?`;
  return new OracleComputeError('REQUEST_REFUSED', message, { ...error.fields, meantKind }, { cause: error });
}

/** Prints what the service answers about one object or several; nothing if the answer is empty. */
export async function writeAnswer(
  value: unknown,
  kind: ObjectKind,
  options: GeneralOptions,
  context: Context,
): Promise<void> {
  if (!isObject(value)) return;
  // The answer to a launch plan has the instances that it starts.
  const several = listIn(value) ?? (options.format === 'json' ? undefined : value.instances);
  if (Array.isArray(several)) return writeRows(once(several), options, context, usualFields(kind));
  return writeObject(value, options, context);
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/**
 * The fields of an object from a file, or from stdin for `-`. They are checked before anything is sent.
 *
 * @throws OracleComputeError FILE_UNREADABLE, JSON_MALFORMED
 */
export async function readBody(file: string, context: Context): Promise<ObjectBody> {
  const from = file === '-' ? 'stdin' : expandHome(file, context);
  return parseObjectBody(await readText(file, from, context), from);
}

/** The text of a file for a field, such as a public key: without the line break at its end. */
export async function readField(file: string, context: Context): Promise<string> {
  return (await readText(file, expandHome(file, context), context)).replace(/\r?\n$/, '');
}

/** True if an argument is a file or stdin, not a name. */
export async function isFile(argument: string, context: Context): Promise<boolean> {
  if (argument === '-') return true;
  const found = await stat(expandHome(argument, context)).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

/**
 * The body that `--data` names: the text itself, `@FILE`, or `-` (also `@-`) for stdin.
 *
 * @throws OracleComputeError FILE_UNREADABLE
 */
export async function readData(data: string | undefined, context: Context): Promise<RequestBody | undefined> {
  if (data === undefined) return undefined;
  if (data === '-' || data === '@-') return streamBody(context.stdin.read());
  if (data.startsWith('@')) return fileBody(expandHome(data.slice(1), context), context.interruption);
  return { bytes: Buffer.from(data, 'utf8') };
}

async function readText(file: string, from: string, context: Context): Promise<string> {
  const data = await readData(file === '-' ? '-' : `@${file}`, context);
  const chunks: Uint8Array[] = [];
  let total = 0;
  if (data && 'bytes' in data) chunks.push(data.bytes);
  for await (const chunk of data && 'open' in data ? data.open() : []) {
    chunks.push(chunk);
    total += chunk.length;
    if (total > OBJECT_LIMIT_BYTES)
      throw new OracleComputeError('JSON_MALFORMED', `${from} is too large for an object`, { from });
  }
  const { text, fault } = decodeText(Buffer.concat(chunks));
  if (fault === undefined) return text;
  throw new OracleComputeError('JSON_MALFORMED', `${from} is ${fault}`, { from });
}
