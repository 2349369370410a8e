import { escapedJson, plainName } from '../../../lib/text.js';

/** Text on one line, with nothing in it that is not to be seen. */
export function printable(text: string): string {
  return plainName(text.replace(/\r\n|[\t\r\n]/g, ' '));
}

/** As `printable`, but line breaks and tabs stay, for a format that can carry them. */
export function printableLines(text: string): string {
  return text
    .split(/([\t\r\n])/)
    .map((part) => (/^[\t\r\n]$/.test(part) ? part : plainName(part)))
    .join('');
}

/** JSON with everything unprintable escaped, not only what JSON demands. */
export function printableJson(value: unknown, indent?: number): string {
  return escapedJson(JSON.stringify(value, null, indent));
}

/** A value of a field as the text of a cell: lists and objects as JSON, and nothing for nothing. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? printableJson(value) : String(value);
}
