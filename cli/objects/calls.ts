import { stat } from 'node:fs/promises';
import {
  decodeText,
  OBJECT_LIMIT_BYTES,
  OBJECT_WORDS,
  type ObjectBody,
  type ObjectKind,
  objectPath,
  parseObjectBody,
  parseObjectKind,
  readObject,
  readRefusal,
  requestUrl,
  type UserName,
  usualFields,
} from '../../lib/compute/objects.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import {
  type AuthenticatedAnswer,
  type ComputeRequest,
  fileBody,
  type RequestBody,
  type StreamedAnswer,
  streamBody,
} from '../../lib/index.js';
import { isObject, plainText, writeJson } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, missing, openUsedSession } from '../flags/compute.js';
import { expandHome, type GeneralOptions } from '../flags/general.js';
import { writeObject, writeRows } from '../output/write-rows.js';
import type { Parameters } from '../parser/parameters.js';
import { nearest } from '../parser/suggest.js';
import { type NamedOptions, objectName } from './options.js';

interface ObjectCall extends Pick<ComputeRequest, 'headers'> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the service, with its query. */
  readonly path: string;
  readonly body?: ObjectBody;
}

/** Calls with a valid token, see `ComputeSession.send`. */
export interface ObjectCalls {
  readonly endpoint: string;
  readonly user: UserName;
  /** The answer to a call, with any status except 401. */
  send(call: ObjectCall): Promise<AuthenticatedAnswer>;
  /** The error for a refusal. Reads the body, which would hold the connection otherwise. */
  refusalOf(answer: AuthenticatedAnswer): Promise<OracleComputeError>;
  /** Returns an answer that is not a refusal. @throws OracleComputeError for a refusal */
  accept(answer: AuthenticatedAnswer): Promise<AuthenticatedAnswer>;
  /** `send` and `accept`. */
  make(call: ObjectCall): Promise<AuthenticatedAnswer>;
}

export async function openCalls(options: ComputeOptions, context: Context): Promise<ObjectCalls> {
  const { session } = await openUsedSession(options, context);
  const { endpoint, user } = session;
  const send = ({ method, path, headers, body }: ObjectCall) =>
    session.send({
      method,
      url: requestUrl(endpoint, path),
      headers,
      body: body && { bytes: Buffer.from(body.text ?? writeJson(body.fields)) },
    });
  const refusalOf = async (answer: AuthenticatedAnswer) => (await readRefusal(answer, endpoint)).error;
  const accept = async (answer: AuthenticatedAnswer) => {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusalOf(answer);
  };
  return {
    endpoint,
    user: () => {
      if (user === '') throw missing('user');
      return user;
    },
    send,
    refusalOf,
    accept,
    make: async (call) => accept(await send(call)),
  };
}

/**
 * Makes calls on an object. If the service has no such object, the error says which one.
 *
 * @param name of the object; undefined if the call names none
 * @throws what `action` throws
 */
export async function namingMissing<T>(
  kind: ObjectKind,
  name: string | undefined,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isOracleComputeError(error, 'REQUEST_REFUSED') || error.fields.status !== 404) throw error;
    const isKnown = OBJECT_WORDS.includes(kind.word);
    const meantKind = isKnown ? undefined : nearest(kind.word, OBJECT_WORDS);
    const shown = JSON.stringify(plainText(kind.word, 60));
    const message =
      meantKind !== undefined
        ? `unknown kind of object ${shown}; did you mean "${meantKind}"?`
        : name === undefined
          ? `the service has no kind of object ${shown}`
          : `no ${plainText(kind.word, 60)} named ${JSON.stringify(plainText(name, 200))}`;
    const fields = { ...error.fields, kind: isKnown ? kind.word : undefined, meantKind };
    throw new OracleComputeError('REQUEST_REFUSED', message, fields, { cause: error });
  }
}

/**
 * Makes one call on the object that the command line names, and prints the answer.
 *
 * @param parametersOf the parameters that the call sends
 */
export async function callOnObject(
  command: string,
  method: ObjectCall['method'],
  options: NamedOptions,
  context: Context,
  parametersOf?: (kind: ObjectKind) => Parameters,
): Promise<number> {
  const kind = parseObjectKind(options.object);
  const calls = await openCalls(options, context);
  const name = objectName(kind, options, calls.user, command);
  const path = objectPath(kind, name, parametersOf?.(kind));
  const answer = await namingMissing(kind, name, () => calls.make({ method, path }));
  await writeAnswer(answer, kind, calls.endpoint, options, context);
  return 0;
}

/** Prints an answer with one object or several; nothing if it has no content. */
export async function writeAnswer(
  answer: StreamedAnswer,
  kind: ObjectKind,
  endpoint: string,
  options: GeneralOptions,
  context: Context,
): Promise<void> {
  const value = await readObject(answer, endpoint);
  if (!isObject(value)) return;
  // The answer to a launch plan has the instances that it starts.
  const several = listIn(value) ?? (options.format === 'json' ? undefined : value.instances);
  if (Array.isArray(several)) return writeRows(once(several), options, context, usualFields(kind));
  return writeObject(value, options, context);
}

/** The list in an answer; undefined if it has none. */
export function listIn(value: unknown): readonly unknown[] | undefined {
  if (!isObject(value)) return undefined;
  const list = value.result ?? value.list;
  return Array.isArray(list) ? list : undefined;
}

export async function* once<T>(value: T): AsyncGenerator<T> {
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
