import { escapedJson, plainData, plainName, writeJson } from '../../lib/text.js';
import type { Context, OutputStream } from '../context/context.js';

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

const COLORS = { red: 31, green: 32, yellow: 33 };
export type Color = keyof typeof COLORS;

/** Gives a text a color of the terminal (ECMA-48, SGR). */
export type Paint = (text: string, color: Color | undefined) => string;

/** Colors for a terminal that shows them, unless the user wants none (https://no-color.org). */
export function painter(
  { noColor }: { readonly noColor?: boolean },
  { stdout, env }: Pick<Context, 'stdout' | 'env'>,
): Paint {
  const isPlain = noColor === true || !stdout.isTTY || Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  return (text, color) => (isPlain || color === undefined ? text : `\u001b[${COLORS[color]}m${text}\u001b[39m`);
}

/** Writes text whose parts are printable already, with its colors. */
export function writePainted(text: string, { stdout }: Pick<Context, 'stdout'>): void {
  stdout.write(stdout.isTTY ? Buffer.from(text) : text);
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
export function renderFields(
  fields: ReadonlyArray<readonly [name: string, value: string, color?: Color | undefined]>,
  width?: number,
  paint: Paint = (text) => text,
): string {
  const column = fields.reduce((widest, [name]) => Math.max(widest, name.length), 0) + INDENT.length;
  return fields
    .flatMap(([name, text, color]) => {
      const value = printable(text);
      if (width === undefined || column + value.length <= width) return [name.padEnd(column) + paint(value, color)];
      return [name, ...wrap(value, width - INDENT.length).map((part) => INDENT + paint(part, color))];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Breaks at blanks if possible, else inside a word. */
export function wrap(text: string, width: number): string[] {
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
