/**
 * What a terminal obeys instead of showing, or shows in an order that is not the text's own: controls (C0, DEL, C1),
 * format characters (bidirectional marks, zero widths), the two Unicode line ends, and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const UNPRINTABLE_RUNS = new RegExp(`${UNPRINTABLE.source}+`, 'gu');
const UNPRINTABLES = new RegExp(UNPRINTABLE.source, 'gu');

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

/**
 * FNV-1a, 32 bits, as eight hexadecimal digits: tells names and tokens apart where nothing is a secret or an attack
 * surface, and loading a crypto library would cost start-up time.
 */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** What a JSON text, or its bytes in UTF-8, says; undefined where it is none. */
export function parseJson(text: unknown): unknown {
  const json = text instanceof Uint8Array ? Buffer.from(text).toString('utf8') : text;
  if (typeof json !== 'string') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The object that a JSON text says; undefined where it says none. */
export function parseObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

/** An object of JSON, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
