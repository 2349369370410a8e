import { stat } from 'node:fs/promises';
import { OBJECT_LIMIT_BYTES } from '../../lib/compute/resources/list-reader.js';
import { type ObjectBody, parseObjectBody } from '../../lib/compute/resources/object-body.js';
import { OracleComputeError } from '../../lib/errors.js';
import { decodeText } from '../../lib/files/text-file.js';
import type { Context } from '../context/context.js';
import { readData } from '../options/data.js';
import { expandHome } from '../options/general.js';

/**
 * The fields of an object from a file, or from stdin for `-`. Checked here: of a broken file nothing is sent.
 *
 * @throws OracleComputeError FILE_UNREADABLE, JSON_MALFORMED
 */
export async function readBody(file: string, context: Context): Promise<ObjectBody> {
  const from = file === '-' ? 'stdin' : expandHome(file, context);
  return parseObjectBody(await readText(file, from, context), from);
}

/** A text that becomes the value of a field, as a public key does: without the line break at its end. */
export async function readField(file: string, context: Context): Promise<string> {
  return (await readText(file, expandHome(file, context), context)).replace(/\r?\n$/, '');
}

/** Is this argument a file, or stdin, rather than a name? */
export async function isFile(argument: string, context: Context): Promise<boolean> {
  if (argument === '-') return true;
  const found = await stat(expandHome(argument, context)).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
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
