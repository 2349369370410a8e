/** A value and its source, for messages: a flag, a variable or a file. */
export interface ValueWithOrigin<T> {
  readonly value: T;
  readonly source: string;
}

/**
 * Characters that a terminal executes instead of showing, or that reorder the text: controls (C0, DEL, C1), format
 * characters (bidirectional marks, zero widths), the two Unicode line ends, and unpaired surrogates. Not the two
 * joiners, which are part of words and emoji.
 */
const UNPRINTABLE = String.raw`(?!\p{Join_Control})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`;
/**
 * Never in any output: controls, bidirectional marks, the two line ends, unpaired surrogates. `\r` alone hides a line.
 */
const HARMFUL = String.raw`(?![\t\n]|\r\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]`;

/** Made when a text is looked at, as most commands look at none. V8 finds one again that it has made. */
const every = (pattern: string) => new RegExp(pattern, 'gu');

/** Text for output, with control characters replaced. In a pipe `\r` stays: data may have it, and it does no harm. */
export function shownText(text: string, isTTY = true): string {
  if (!/[^\t\n -~]/.test(text)) return text;
  return text.replace(every(HARMFUL), (character) => (character === '\r' && !isTTY ? character : '\ufffd'));
}

/** A JSON text with such characters escaped. In a pipe fewer are escaped: data may have them. */
export function escapedJson(json: string, isTTY = true): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // A character outside the BMP takes two escapes.
  const replaced = every(isTTY ? `(?![\\t\\r\\n])${UNPRINTABLE}` : HARMFUL);
  return json.replace(replaced, (character) => character.replace(/[\s\S]/g, escaped));
}

/** Does a terminal show every character of the text? */
export function isPlainText(text: string): boolean {
  return !every(UNPRINTABLE).test(text);
}

/** A text from outside, for one line on a terminal: each run of unprintable characters becomes one blank. */
export function plainText(text: string, longest = Number.POSITIVE_INFINITY): string {
  const plain = text.replace(every(`(?:${UNPRINTABLE})+`), ' ');
  return plain.length > longest ? `${plain.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : plain;
}

/** A name from outside, with `?` for each unprintable character, so that different names mostly stay different. */
export function plainName(name: string): string {
  return name.replace(every(UNPRINTABLE), '?');
}

/** As `plainName`, for text that a program reads: zero widths, which may be part of words, stay. */
export function plainData(text: string): string {
  return text.replace(every(HARMFUL), '?');
}

/**
 * FNV-1a, 32 bits, as eight hexadecimal digits: distinguishes names and tokens, without security. node:crypto would
 * cost start-up time.
 */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** Real data is never nearly as deep, and recursive functions walk it. */
export const DEEPEST_JSON = 200;

/** The value of a JSON text, or of its bytes in UTF-8; undefined if it is not JSON, or nested too deep. */
export function parseJson(text: unknown): unknown {
  const json = text instanceof Uint8Array ? Buffer.from(text).toString('utf8') : text;
  if (typeof json !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST_JSON) return true;
    level = level.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
  }
  return false;
}

/** The object in a JSON text; undefined if it is anything else. */
export function parseObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

/** Is it a JSON object, and not an array? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** A number that JavaScript would write in another way, such as one beyond 2^53 or 1.50, with its original text. */
export class ExactNumber {
  constructor(readonly text: string) {}

  /** Only `writeJson` can write it: Node 20 has no JSON.rawJSON. */
  toJSON(): never {
    throw NO_JSON;
  }
}

const NO_JSON = new TypeError('a number that JSON.stringify would change');

/** As JSON.stringify, with exact numbers. */
export function writeJson(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    if (error !== NO_JSON) throw error;
    return writeParts(value, ' '.repeat(indent), indent === 0 ? '' : '\n');
  }
}

function writeParts(value: unknown, indent: string, lineStart: string): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = lineStart + indent;
  const write = (member: unknown) => writeParts(member, indent, inner);
  const parts = Array.isArray(value)
    ? value.map(write)
    : Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${indent && ' '}${write(member)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return parts.length === 0 ? `${open}${close}` : `${open}${inner}${parts.join(`,${inner}`)}${lineStart}${close}`;
}
