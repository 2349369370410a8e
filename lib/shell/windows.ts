import { refuse } from './control-characters.js';

/** Microsoft, "Command prompt line string limitation": longer lines are cut. */
const LINE_LIMIT = 8191;

/**
 * The statement `set "NAME=value"`. It is read in two ways that differ: from a batch file, and by
 * `for /f "delims=" %i in ('…') do @%i`. What the two do not read alike has no right form, and is refused:
 * - `%` is doubled in a batch file and must not be in the other;
 * - `"` ends the protection of `&`, `|` and `>` in a batch file, and has no escape inside `"…"`;
 * - `!` is a variable where delayed expansion is on;
 * - characters beyond ASCII are read in the console's code page, which may turn one into a quote;
 * - an empty value would remove the variable.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE
 */
export function cmdAssignment(name: string, value: string): string {
  if (value === '') refuse('cmd', 'an empty value');
  const odd = /["%!]|[^\x20-\x7e]/.exec(value);
  if (odd) refuse('cmd', /[\x20-\x7e]/.test(odd[0]) ? `the character ${odd[0]}` : 'a character beyond ASCII');
  const statement = `set "${name}=${value}"`;
  if (statement.length > LINE_LIMIT) refuse('cmd', `a line of more than ${LINE_LIMIT} characters`);
  return statement;
}

/**
 * A word of a command line. Programs split it by the rules of the C run-time, where backslashes before the closing
 * quote must be doubled.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE where it has a character that `"…"` does not protect
 */
export function quoteCmd(text: string): string {
  if (/["%!]/.test(text)) refuse('cmd', 'one of the characters " % !');
  return `"${text.replace(/\\+$/, '$&$&')}"`;
}

/** PowerShell takes the typographic single quotes for quotes as well (about_Quoting_Rules). */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** about_Quoting_Rules: between single quotes only a doubled single quote is special, and gives one. */
export function quotePowerShell(text: string): string {
  return `'${text.replace(SINGLE_QUOTES, '$&$&')}'`;
}

/**
 * An expression in ASCII for any text. Windows PowerShell reads a program's output in the console's code page, where
 * the UTF-8 bytes of a harmless letter can turn into a typographic quote and end the string; so every character beyond
 * ASCII is given by its number.
 */
export function powerShellExpression(text: string): string {
  return `'${text.replaceAll("'", "''").replace(/[\u0080-\uffff]/g, characterByNumber)}'`;
}

function characterByNumber(unit: string): string {
  return `'+[char]0x${unit.charCodeAt(0).toString(16).padStart(4, '0')}+'`;
}
