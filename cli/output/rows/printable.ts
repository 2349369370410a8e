import { escapedJson, plainData, plainName, writeJson } from '../../../lib/text.js';

/** Where text goes: a terminal hides what belongs to the data of another program. */
type Destination = { readonly isTTY: boolean } | undefined;

/** Text on one line, with nothing in it that is not to be seen. */
export function printable(text: string, output?: Destination): string {
  return shown(text.replace(/\r\n|[\t\r\n]/g, ' '), output);
}

/** As `printable`, but line breaks and tabs stay, for a format that can carry them. */
export function printableLines(text: string, output?: Destination): string {
  // On a terminal a carriage return alone writes over the line.
  return text
    .split(output?.isTTY === false ? /([\t\r\n])/ : /(\t|\r?\n)/)
    .map((part, index) => (index % 2 === 1 ? part : shown(part, output)))
    .join('');
}

function shown(text: string, output: Destination): string {
  return output?.isTTY === false ? plainData(text) : plainName(text);
}

/** JSON with everything unprintable escaped, not only what JSON demands. */
export function printableJson(value: unknown, indent?: number, output?: Destination): string {
  return escapedJson(writeJson(value, indent), output?.isTTY);
}

/** A value of a field as the text of a cell: lists and objects as JSON, and nothing for nothing. */
export function cellText(value: unknown, output?: Destination): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? printableJson(value, undefined, output) : String(value);
}
