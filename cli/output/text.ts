import { escapedJson, plainData, plainName, writeJson } from '../../lib/text.js';
import type { OutputStream } from '../context/context.js';

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

/** No terminal that text is laid out for is narrower. */
const NARROWEST = 20;
const INDENT = '  ';

/** How many characters a line may have: those of the terminal, or undefined where the output goes elsewhere. */
export function lineWidth({ isTTY, columns }: Pick<OutputStream, 'isTTY' | 'columns'>): number | undefined {
  return isTTY ? Math.max(NARROWEST, columns ?? 80) : undefined;
}

/**
 * Names and values, a line each, the values below each other. A line that is too wide for the terminal is the name, with
 * its value broken into lines below it: nothing is left out.
 */
export function renderFields(fields: ReadonlyArray<readonly [name: string, value: string]>, width?: number): string {
  // Where values begin.
  const column = Math.max(...fields.map(([name]) => name.length)) + INDENT.length;
  return fields
    .flatMap(([name, text]) => {
      const value = printable(text);
      const line = `${name.padEnd(column)}${value}`;
      if (width === undefined || line.length <= width) return [line];
      return [name, ...breakLines(value, width - INDENT.length).map((part) => `${INDENT}${part}`)];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** At blanks where there are some, else in the middle of a word. */
function breakLines(text: string, width: number): string[] {
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
