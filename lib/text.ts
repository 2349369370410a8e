/**
 * What a terminal obeys instead of showing, or shows in an order that is not the text's own: controls (C0, DEL, C1),
 * format characters (bidirectional marks, zero widths), the two Unicode line ends, and halves of surrogate pairs. The
 * two joiners are part of words and emoji, and stay.
 */
const UNPRINTABLE = /(?!\p{Join_Control})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const UNPRINTABLE_RUNS = new RegExp(`(?:${UNPRINTABLE.source})+`, 'gu');
const UNPRINTABLES = new RegExp(UNPRINTABLE.source, 'gu');
const UNPRINTABLE_IN_JSON = new RegExp(`(?![\\t\\r\\n])${UNPRINTABLE.source}`, 'gu');
/** What no output has: controls, marks of direction, the two line ends, halves of pairs. Alone, `\r` writes over a line. */
const HARMFUL = /(?![\t\n]|\r\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What is printed, without what a terminal would obey. In a pipe `\r` stays: data may have it, and nobody obeys it. */
export function shownText(text: string, isTTY = true): string {
  if (!/[^\t\n -~]/.test(text)) return text;
  return text.replace(HARMFUL, (character) => (character === '\r' && !isTTY ? character : '\ufffd'));
}

/** A JSON text with such characters as escapes, which say the same. In a pipe fewer are escaped: data may have them. */
export function escapedJson(json: string, isTTY = true): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // Outside the first plane it takes two escapes.
  return json.replace(isTTY ? UNPRINTABLE_IN_JSON : HARMFUL, (character) => character.replace(/[\s\S]/g, escaped));
}

/** Does the text have characters that a terminal would not show as they are? */
export function isPlainText(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** A text from outside, fit for one line on a terminal: each run of such characters is one blank. */
export function plainText(text: string, longest = Number.POSITIVE_INFINITY): string {
  const plain = text.replace(UNPRINTABLE_RUNS, ' ');
  return plain.length > longest ? `${plain.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : plain;
}

/** A name from outside with `?` for each such character, so that it still can be told from its neighbours. */
export function plainName(name: string): string {
  return name.replace(UNPRINTABLES, '?');
}

/** As `plainName`, of text that a program reads: all that belongs to words stays. */
export function plainData(text: string): string {
  return text.replace(HARMFUL, '?');
}

/**
 * FNV-1a, 32 bits, as eight hexadecimal digits: tells names and tokens apart where nothing is a secret or an attack
 * surface, and loading a crypto library would cost start-up time.
 */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** Nothing that is read here is nearly as deep, and what comes after reading takes a level of the stack for each. */
export const DEEPEST_JSON = 200;

/** What a JSON text, or its bytes in UTF-8, says; undefined where it is none, or nested too deep. */
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

/** The object that a JSON text says; undefined where it says none. */
export function parseObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

/** An object of JSON, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** A number as somebody wrote it, where JavaScript would write it in another way: beyond 2^53, or 1.50. */
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
