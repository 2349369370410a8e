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

/** Text that prints as it is: nothing in it is an escape or, at the start of a line, a request. */
export function plain(text: string): string {
  const escaped = text.replace(/[\\\-'"`^~]|[^\n\x20-\x7e]/gu, escapeCharacter);
  return escaped.replace(/^(?=[.\\])/gm, '\\&');
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return ESCAPES[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** What is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** What stands for something else. */
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

/** A line to be pasted: it is neither filled nor hyphenated. */
export function example(line: string, meaning: string): string {
  return `.PP\n${plain(capitalised(meaning))}:\n.PP\n.EX\n${plain(line)}\n.EE\n`;
}

/** The line that a page begins with. An unknown date is left empty: a build has no clock. */
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

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A meaning as a sentence. */
export function sentence(text: string): string {
  return plain(/[.!?:]$/.test(text) ? capitalised(text) : `${capitalised(text)}.`);
}
