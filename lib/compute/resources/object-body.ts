import { OracleComputeError } from '../../errors.js';
import { isObject, parseJson } from '../../text.js';
import { parseExactJson } from './list-reader.js';
import { type ObjectKind, type UserName, wholeName } from './object-kind.js';

type ObjectFields = Readonly<Record<string, unknown>>;

/** The fields of an object, and their JSON text, which is sent unchanged. */
export interface ObjectBody {
  readonly fields: ObjectFields;
  readonly text?: string;
}

/**
 * The fields of an object in a JSON text that a user wrote.
 *
 * @param from the file or `stdin`, for messages
 * @throws OracleComputeError JSON_MALFORMED
 */
export function parseObjectBody(text: string, from: string): ObjectBody {
  const malformed = (what: string, cause?: unknown) =>
    new OracleComputeError('JSON_MALFORMED', `${from} ${what}`, { from }, { cause });
  try {
    JSON.parse(text);
  } catch (cause) {
    throw malformed(`is not JSON${whereIn(text, cause)}`, cause);
  }
  const value = exactly(text);
  if (value === undefined) throw malformed('is nested too deep');
  if (isObject(value)) return { fields: value, text };
  throw malformed('is JSON, but not the fields of one object: { … }');
}

/** What an argument of `add` becomes in the object. */
interface Argument {
  readonly field: string;
  readonly as?: 'list' | 'integer' | 'file' | 'name';
}

/** The arguments of `add` for kinds whose fields the original takes on the line, as public scripts write them. */
const ARGUMENTS: Readonly<Record<string, readonly Argument[]>> = Object.assign(Object.create(null), {
  imagelist: [{ field: 'name', as: 'name' }, { field: 'description' }],
  imagelistentry: [
    { field: 'machineimages', as: 'list' },
    { field: 'version', as: 'integer' },
  ],
  ipassociation: [{ field: 'vcable' }, { field: 'parentpool' }],
  machineimage: [{ field: 'name', as: 'name' }, { field: 'file' }],
  seclist: [{ field: 'name', as: 'name' }],
  snapshot: [{ field: 'instance', as: 'name' }],
  sshkey: [
    { field: 'name', as: 'name' },
    { field: 'key', as: 'file' },
  ],
  storagevolume: [{ field: 'name', as: 'name' }, { field: 'size' }, { field: 'properties', as: 'list' }],
});

/** What the service demands and the original adds by itself. */
const DEFAULTS: Readonly<Record<string, ObjectFields>> = { imagelist: { default: 1 }, sshkey: { enabled: true } };

/**
 * The fields of a new object from the command's arguments; undefined if this kind takes a file only, or for no
 * arguments or too many.
 *
 * @param readFile gives the text of a file without the line break at its end
 */
export async function bodyFromArguments(
  kind: ObjectKind,
  values: readonly string[],
  user: UserName,
  readFile: (path: string) => Promise<string>,
): Promise<ObjectFields | undefined> {
  const known = ARGUMENTS[kind.word];
  if (known === undefined || values.length === 0 || values.length > known.length) return undefined;
  const fields: Record<string, unknown> = { ...DEFAULTS[kind.word] };
  for (const [index, value] of values.entries()) {
    const { field, as } = known[index] ?? { field: '' };
    if (as === 'file') fields[field] = await readFile(value);
    else if (as === 'name') fields[field] = wholeName(kind, value, user);
    else if (as === 'list') fields[field] = value.split(',');
    else fields[field] = as === 'integer' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  }
  return fields;
}

/** What `add` takes for a kind, for its usage: `NAME KEY-FILE`. */
export function argumentsOf(kind: ObjectKind): string | undefined {
  return ARGUMENTS[kind.word]?.map(({ field, as }) => (as === 'file' ? `${field}-file` : field)).join(' ');
}

/** A further option of the line as a field: `true`, `false` and JSON in brackets are what they say, the rest is text. */
export function fieldValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^\s*[[{]/.test(text)) return text;
  return exactly(text) ?? text;
}

/** The value of a JSON text, its numbers as written; undefined if it is not JSON or nested too deep. */
function exactly(text: string): unknown {
  return parseJson(text) === undefined ? undefined : parseExactJson(text);
}

/** The place that JSON.parse names, as line and column; its text is not repeated, for it may hold a secret. */
function whereIn(text: string, cause: unknown): string {
  const [, offset] = /at position (\d+)/.exec(cause instanceof Error ? cause.message : '') ?? [];
  if (offset === undefined) return text.trim() === '' ? ': it is empty' : '';
  const before = text.slice(0, Number(offset)).split('\n');
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
