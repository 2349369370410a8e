import type { OutputStream } from '../context/context.js';
import { printable } from './rows/printable.js';

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
