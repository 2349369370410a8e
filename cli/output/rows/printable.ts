/**
 * What could make a terminal do things or show text in another order than it has: C0, DEL, C1, line separators and the
 * marks of bidirectional text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text on one line, with nothing in it that is not to be seen. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (/[\t\r\n]/.test(character) ? ' ' : '\ufffd'));
}

/** As `printable`, but line breaks and tabs stay, for a format that can carry them. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (/[\t\r\n]/.test(character) ? character : '\ufffd'));
}

/** JSON with everything unprintable escaped, not only what JSON demands. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value of a field as the text of a cell: lists and objects as JSON, and nothing for nothing. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? printableJson(value) : String(value);
}
