import { OracleComputeError } from '../errors.js';

/**
 * The syntaxes in which a variable can be handed to whatever reads our output: shells, and the formats of
 * files that other programs read.
 * The order is that of the help text.
 */
export const SHELL_SYNTAXES = [
  'sh',
  'bash',
  'zsh',
  'ksh',
  'fish',
  'csh',
  'tcsh',
  'powershell',
  'cmd',
  'nushell',
  'json',
  'dotenv',
  'github',
  'systemd',
  'docker',
  'curl',
  'value',
] as const;

export type ShellSyntax = (typeof SHELL_SYNTAXES)[number];

const UNIX_SHELLS: ReadonlySet<ShellSyntax> = new Set(['sh', 'bash', 'zsh', 'ksh', 'fish', 'csh', 'tcsh']);

/** True for the shells that know `eval` and the command `false`. */
export function isUnixShell(syntax: ShellSyntax): boolean {
  return UNIX_SHELLS.has(syntax);
}

/**
 * C0 and C1 controls, delete, the two Unicode line ends, and halves of surrogate pairs. A line end would cut the
 * statement in two, an escape sequence would command the terminal, and a lone surrogate has no UTF-8 form.
 */
const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Refuses text that no syntax may hold.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE
 */
export function assertNoControlCharacters(syntax: ShellSyntax, text: string): void {
  if (CONTROL_CHARACTER.test(text)) refuse(syntax, 'a control character');
}

/** Ends with VALUE_NOT_QUOTABLE. `what` names the kind of character, never the text: the text may be a secret. */
export function refuse(syntax: ShellSyntax, what: string): never {
  throw new OracleComputeError('VALUE_NOT_QUOTABLE', `the syntax of ${syntax} cannot safely hold ${what}`, {
    shell: syntax,
  });
}

/** The formats are no shells: a command line beside them is for `sh`. */
const QUOTERS: Record<ShellSyntax, (text: string) => string> = {
  sh: quotePosix,
  bash: quoteAnsiC,
  zsh: quoteAnsiC,
  ksh: quoteAnsiC,
  fish: quoteFish,
  csh: quoteCsh,
  tcsh: quoteCsh,
  powershell: quotePowerShell,
  cmd: quoteCmd,
  nushell: quoteNushell,
  json: quotePosix,
  dotenv: quotePosix,
  github: quotePosix,
  systemd: quotePosix,
  docker: quotePosix,
  curl: quotePosix,
  value: quotePosix,
};

/** A word that means itself in every one of the shells. */
const BARE_WORD = /^[A-Za-z0-9_/.][\w/.:@+-]*$/;

/**
 * `text` as one quoted word of a command line.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE where no quotes of this shell can hold it
 */
export function quote(syntax: ShellSyntax, text: string): string {
  assertNoControlCharacters(syntax, text);
  return QUOTERS[syntax](text);
}

/**
 * `text` as one word of a command line, in quotes only where it needs them: a path in a hint.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE as `quote`
 */
export function quoteWord(syntax: ShellSyntax, text: string): string {
  return BARE_WORD.test(text) ? text : quote(syntax, text);
}

/**
 * POSIX.1-2024, Shell Command Language, 2.2.2: between single quotes every character but the single quote is itself.
 *
 * This is the documented form of the `export` line and is kept to the letter. In an `eval $(…)` without double quotes
 * the shell splits it at blanks and takes `*` for file names before `eval` sees it: base64 and JSON come through, runs
 * of blanks do not. `quoteAnsiC` is proof against that too.
 */
function quotePosix(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What neither field splitting, nor file names, braces, history or any option of the three shells reacts to. */
const INERT = /^[\w+/=.:,@%-]*$/;
const NOT_INERT = /[^\w+/=.:,@%\u0080-\u{10ffff}-]/gu;

/**
 * POSIX.1-2024, 2.2.4, Dollar-Single-Quotes, as bash, zsh and ksh93 have it: `$'…'` with octal escapes.
 *
 * With every blank, quote and pattern character written as three octal digits, nothing is left that an unquoted
 * `eval $(…)`, `failglob`, `GLOB_SUBST`, the brace expansion of ksh or the history of an interactive shell could change.
 * Three digits, not `\x`: ksh takes as many hexadecimal digits as follow.
 */
function quoteAnsiC(text: string): string {
  if (INERT.test(text)) return `'${text}'`;
  return `$'${text.replace(NOT_INERT, octalEscape)}'`;
}

function octalEscape(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** fish language, Quotes: between single quotes only `\'` and `\\` are escapes. */
function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * tcsh(1), Lexical structure and History substitution. History is substituted between single quotes too, and the
 * variable `backslash_quote` decides whether a backslash is itself there; outside of quotes a backslash quotes any
 * character in csh and in tcsh. So `'`, `\` and `!` stand outside.
 *
 * So do `~` and a blank after a blank: an `eval` of a command's output without double quotes takes the one for a home
 * folder and makes one blank out of several. It expands braces as well, for which there is no escape: JSON needs the
 * double quotes.
 */
function quoteCsh(text: string): string {
  return `'${text.replace(/['\\!~]|(?<= ) /g, "'\\$&'")}'`;
}

/** The Nushell Book, Working with Strings: in double quotes a backslash escapes, and only `$"…"` is interpolated. */
function quoteNushell(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A word of a command line. Programs split it by the rules of the C run-time, where backslashes before the closing
 * quote must be doubled.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE where it has a character that `"…"` does not protect
 */
function quoteCmd(text: string): string {
  if (/["%!]/.test(text)) refuse('cmd', 'one of the characters " % !');
  return `"${text.replace(/\\+$/, '$&$&')}"`;
}

/** PowerShell takes the typographic single quotes for quotes as well (about_Quoting_Rules). */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** about_Quoting_Rules: between single quotes only a doubled single quote is special, and gives one. */
function quotePowerShell(text: string): string {
  return `'${text.replace(SINGLE_QUOTES, '$&$&')}'`;
}
