import type { KnownOption } from '../line/known-options.js';
import { bold, example, heading, italic, plain, sentence, tagged } from './roff.js';

type Rows = ReadonlyArray<readonly [name: string | number, meaning: string]>;

/** A section of names and their meanings, or nothing where there are none. */
export function tableSection(title: string, rows: Rows): string {
  if (rows.length === 0) return '';
  return heading(title) + rows.map(([name, meaning]) => tagged(bold(String(name)), sentence(meaning))).join('');
}

export function argumentSection(listed: readonly KnownOption[]): string {
  if (listed.length === 0) return '';
  return heading('ARGUMENTS') + listed.map((one) => tagged(italic(one.name), describe(one))).join('');
}

export function optionSection(listed: readonly KnownOption[]): string {
  return heading('OPTIONS') + listed.map((one) => tagged(spellings(one), describe(one))).join('');
}

/** Examples with `$0` for the command line that they begin with. */
export function exampleSection(
  examples: ReadonlyArray<readonly [line: string, meaning: string]>,
  name: string,
): string {
  const shown = examples.map(([line, meaning]) => example(line.replaceAll('$0', name), meaning));
  return shown.length === 0 ? '' : heading('EXAMPLES') + shown.join('');
}

export function seeAlsoSection(pages: readonly string[]): string {
  return `${heading('SEE ALSO')}${pages.map((page) => `${bold(page)}(1)`).join(',\n')}\n`;
}

function describe({ meaning, choices }: KnownOption): string {
  const all = choices.map(bold).join(', ');
  return choices.length === 0 ? sentence(meaning) : `${sentence(meaning)} One of ${all}.`;
}

/** `-f value, --format value`, the short form first. */
function spellings({ name, aliases, takesValue }: KnownOption): string {
  const value = takesValue ? ` ${italic('value')}` : '';
  return [name, ...aliases]
    .sort((a, b) => a.length - b.length)
    .map((each) => bold(each.length === 1 ? `-${each}` : `--${each}`) + value)
    .join(plain(', '));
}
