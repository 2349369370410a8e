import { escapedJson, plainData, plainName, writeJson } from '../../lib/text.js';
import type { OutputStream } from '../context/context.js';

/** The stream that gets the text: for a terminal, more characters are replaced than for a program. */
type Destination = { readonly isTTY: boolean } | undefined;

/** Text on one line, without unprintable characters. */
export function printable(text: string, output?: Destination): string {
  return shown(text.replace(/\r\n|[\t\r\n]/g, ' '), output);
}

/** Like `printable`, but keeps line breaks and tabs, for a format that allows them. */
export function printableLines(text: string, output?: Destination): string {
  // On a terminal, a single carriage return overwrites the line.
  return text
    .split(output?.isTTY === false ? /([\t\r\n])/ : /(\t|\r?\n)/)
    .map((part, index) => (index % 2 === 1 ? part : shown(part, output)))
    .join('');
}

function shown(text: string, output: Destination): string {
  return output?.isTTY === false ? plainData(text) : plainName(text);
}

/** JSON with all unprintable characters escaped, not only those that JSON requires. */
export function printableJson(value: unknown, indent?: number, output?: Destination): string {
  return escapedJson(writeJson(value, indent), output?.isTTY);
}

/** The value of a field as text: lists and objects as JSON, null and undefined as ''. */
export function cellText(value: unknown, output?: Destination): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? printableJson(value, undefined, output) : String(value);
}

/** Narrower terminals are treated as this wide. */
const NARROWEST = 20;
const INDENT = '  ';

/** The width of the terminal in characters; undefined if the stream is not a terminal. */
export function lineWidth({ isTTY, columns }: Pick<OutputStream, 'isTTY' | 'columns'>): number | undefined {
  return isTTY ? Math.max(NARROWEST, columns ?? 80) : undefined;
}

/**
 * Names and values, one line each, the values aligned. If a line is too wide for the terminal, the value is wrapped below
 * its name.
 */
export function renderFields(fields: ReadonlyArray<readonly [name: string, value: string]>, width?: number): string {
  const column = Math.max(...fields.map(([name]) => name.length)) + INDENT.length;
  return fields
    .flatMap(([name, text]) => {
      const value = printable(text);
      const line = `${name.padEnd(column)}${value}`;
      if (width === undefined || line.length <= width) return [line];
      return [name, ...wrap(value, width - INDENT.length).map((part) => `${INDENT}${part}`)];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Breaks at blanks if possible, else inside a word. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return line === '' ? lines : [...lines, line];
}
