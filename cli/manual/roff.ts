import type { KnownOption } from '../parser/known-options.js';

/**
 * Text in the notation of roff, for the macros of man(7). What is escaped, and how, is groff_char(7)'s advice for pages
 * whose examples are pasted into a shell: the characters come out as they are typed, on every device.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\[rs]',
  '-': '\\-',
  "'": '\\[aq]',
  '"': '\\[dq]',
  '`': '\\[ga]',
  '^': '\\[ha]',
  '~': '\\[ti]',
  // These exist on terminals that know ASCII only, too.
  '…': '...',
  '’': '\\[aq]',
  '“': '\\[lq]',
  '”': '\\[rq]',
  '–': '\\-',
  '×': 'x',
};

/** Text that prints unchanged: nothing in it is an escape or, at the start of a line, a request. */
export function plain(text: string): string {
  const escaped = text.replace(/[\\\-'"`^~]|[^\n\x20-\x7e]/gu, escapeCharacter);
  return escaped.replace(/^(?=[.\\])/gm, '\\&');
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return ESCAPES[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** Text that a user types literally. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** A placeholder. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

export function heading(title: string): string {
  return `.SH ${plain(title)}\n`;
}

/** A term with its meaning indented below it. Both are already in the notation of roff. */
export function tagged(tag: string, meaning: string): string {
  return `.TP\n${tag}\n${meaning}\n`;
}

/** A line to paste: it is neither filled nor hyphenated. */
export function example(line: string, meaning: string): string {
  return `.PP\n${plain(capitalised(meaning))}:\n.PP\n.EX\n${plain(line)}\n.EE\n`;
}

/** The first line of a page. An unknown date is empty: a build has no clock. */
export function titleLine(name: string, date: string, source: string): string {
  const quoted = [date, source, 'oracle-compute manual'].map((text) => `"${plain(text)}"`).join(' ');
  // Text is set ragged and unhyphenated: terminals are narrow, and names must stay whole.
  return `.TH ${plain(name.toUpperCase())} 1 ${quoted}\n.nr HY 0\n.nh\n.ad l\n`;
}

/** The section that `whatis` and `apropos` read. */
export function nameSection(name: string, summary: string): string {
  const lowered = summary.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
  return `${heading('NAME')}${plain(name)} \\- ${plain(lowered)}\n`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A meaning as a sentence. */
export function sentence(text: string): string {
  return plain(/[.!?:]$/.test(text) ? capitalised(text) : `${capitalised(text)}.`);
}

export type Rows = ReadonlyArray<readonly [name: string | number, meaning: string]>;

/** A section of names and their meanings; nothing without rows. */
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

/** Examples; `$0` in them is the name. */
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
