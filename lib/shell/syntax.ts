import { OracleComputeError } from '../errors.js';

/**
 * The syntaxes in which variables can be printed: shells, and formats of other programs. In the order of the help text.
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

/** True for the shells that have `eval` and the command `false`. */
export function isUnixShell(syntax: ShellSyntax): boolean {
  return UNIX_SHELLS.has(syntax);
}

/** The syntax for a user who names none: PowerShell on Windows, if no Unix shell (Git Bash, MSYS2) is around. */
export function usualSyntax(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): 'sh' | 'powershell' {
  return platform === 'win32' && !env.SHELL && !env.MSYSTEM ? 'powershell' : 'sh';
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

/**
 * @param what the kind of character, never the text, which may be a secret
 * @throws OracleComputeError VALUE_NOT_QUOTABLE
 */
export function refuse(syntax: ShellSyntax, what: string): never {
  throw new OracleComputeError('VALUE_NOT_QUOTABLE', `the syntax of ${syntax} cannot safely hold ${what}`, {
    shell: syntax,
  });
}

/** A command line that is shown with one of the formats is for `sh`. */
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

/** A word that needs no quotes in any of the shells. */
const BARE_WORD = /^[A-Za-z0-9_/.][\w/.:@+-]*$/;

/**
 * `text` as one quoted word of a command line.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE if no quotes of this shell can hold it
 */
export function quote(syntax: ShellSyntax, text: string): string {
  assertNoControlCharacters(syntax, text);
  return QUOTERS[syntax](text);
}

/**
 * `text` as one word of a command line, quoted only if necessary: a path in a hint.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE as `quote`
 */
export function quoteWord(syntax: ShellSyntax, text: string): string {
  return BARE_WORD.test(text) ? text : quote(syntax, text);
}

/**
 * POSIX.1-2024, Shell Command Language, 2.2.2: in single quotes every character except the single quote is literal.
 *
 * This is the documented form of the `export` line. In an unquoted `eval $(…)` the shell splits it at blanks and
 * expands `*` before `eval` sees it: base64 and JSON survive, runs of blanks do not. With `quoteAnsiC` they do.
 */
function quotePosix(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Not special in field splitting, globbing, brace and history expansion, with any option of the three shells. */
const INERT = /^[\w+/=.:,@%-]*$/;
const NOT_INERT = /[^\w+/=.:,@%\u0080-\u{10ffff}-]/gu;

/**
 * POSIX.1-2024, 2.2.4, Dollar-Single-Quotes, as in bash, zsh and ksh93: `$'…'` with octal escapes.
 *
 * Every blank, quote and pattern character is written as three octal digits, so that an unquoted `eval $(…)`,
 * `failglob`, `GLOB_SUBST`, brace expansion (ksh) and history expansion change nothing. Not `\x`: ksh reads all
 * hexadecimal digits that follow.
 */
function quoteAnsiC(text: string): string {
  if (INERT.test(text)) return `'${text}'`;
  return `$'${text.replace(NOT_INERT, octalEscape)}'`;
}

function octalEscape(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** fish language, Quotes: in single quotes only `\'` and `\\` are escapes. */
function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * tcsh(1), Lexical structure and History substitution. History is expanded in single quotes too, and the variable
 * `backslash_quote` decides whether a backslash is literal there; outside of quotes a backslash quotes any character in
 * csh and in tcsh. So `'`, `\` and `!` are written outside.
 *
 * So are `~` and a blank after a blank: an unquoted `eval` of a command's output would expand `~` and merge blanks. It
 * expands braces as well, which cannot be escaped: JSON needs the double quotes.
 */
function quoteCsh(text: string): string {
  return `'${text.replace(/['\\!~]|(?<= ) /g, "'\\$&'")}'`;
}

/** The Nushell Book, Working with Strings: in double quotes a backslash escapes; only `$"…"` is interpolated. */
function quoteNushell(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A word of a command line. Programs split it by the rules of the C runtime: backslashes before the closing quote are
 * doubled.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE for a character that `"…"` does not protect
 */
function quoteCmd(text: string): string {
  if (/["%!]/.test(text)) refuse('cmd', 'one of the characters " % !');
  return `"${text.replace(/\\+$/, '$&$&')}"`;
}

/** In PowerShell, typographic single quotes are quotes too (about_Quoting_Rules). */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** about_Quoting_Rules: in single quotes, only a doubled single quote is special: it is one quote. */
function quotePowerShell(text: string): string {
  return `'${text.replace(SINGLE_QUOTES, '$&$&')}'`;
}
