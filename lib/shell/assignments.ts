import { OracleComputeError } from '../errors.js';
import { escapedJson } from '../text.js';
import { assertNoControlCharacters, quote, refuse, type ShellSyntax } from './syntax.js';

/** A variable of the environment and what it is to hold. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
}

/** POSIX.1-2024, Base Definitions 3.216, Name: what every shell and format takes for one. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The text that sets `assignments`, each exported, in `syntax`: one statement per line. `json` is one object on one
 * line, `dotenv` a line `NAME=value` each, `value` the bare values. `github` (`$GITHUB_ENV`) and `docker`
 * (`--env-file`) take what stands behind the first `=` as it is; in `curl` (`-K`) the names are curl's own options.
 *
 * Where there are several statements each ends with a semicolon, so that an `eval $(…)` that turns line ends into
 * blanks runs them all.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE where a value has a control character or no right form in `syntax`
 */
export function renderAssignments(syntax: ShellSyntax, assignments: readonly Assignment[]): string {
  for (const { name, value } of assignments) {
    if (!NAME.test(name)) throw new OracleComputeError('INTERNAL', 'not the name of a variable', {});
    assertNoControlCharacters(syntax, value);
  }
  if (syntax === 'json') return `{${assignments.map(jsonMember).join(',')}}\n`;
  const end = assignments.length > 1 ? `${terminator(syntax)}\n` : '\n';
  return assignments.map(({ name, value }) => statement(syntax, name, value) + end).join('');
}

function statement(syntax: Exclude<ShellSyntax, 'json'>, name: string, value: string): string {
  switch (syntax) {
    case 'sh':
    case 'bash':
    case 'zsh':
    case 'ksh':
      return `export ${name}=${quote(syntax, value)}`;
    case 'fish':
      return `set -gx ${name} ${quote(syntax, value)}`;
    case 'csh':
    case 'tcsh':
      return `setenv ${name} ${quote(syntax, value)}`;
    case 'powershell':
      // Assigning '' removes the variable, up to PowerShell 7.4.
      if (value === '') refuse(syntax, 'an empty value');
      return `$env:${name} = ${powerShellExpression(value)}`;
    case 'cmd':
      return cmdAssignment(name, value);
    case 'nushell':
      return `$env.${name} = ${quote(syntax, value)}`;
    case 'dotenv':
      return `${name}=${quoteDotenv(value)}`;
    case 'github':
    case 'docker':
      return `${name}=${value}`;
    case 'systemd':
      return `${name}=${quoteSystemd(value)}`;
    case 'curl':
      return `${name} = ${quoteCurl(value)}`;
    case 'value':
      return value;
  }
}

const WITHOUT_TERMINATOR: ReadonlySet<ShellSyntax> = new Set([
  'cmd',
  'dotenv',
  'github',
  'systemd',
  'docker',
  'curl',
  'value',
]);

/** cmd reads line by line and takes a semicolon for an argument; the plain formats have none. */
function terminator(syntax: ShellSyntax): string {
  return WITHOUT_TERMINATOR.has(syntax) ? '' : ';';
}

/** Written out by hand: a member of an object literal could not be called `__proto__`. */
function jsonMember({ name, value }: Assignment): string {
  return `${JSON.stringify(name)}:${escapedJson(JSON.stringify(value))}`;
}

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
function cmdAssignment(name: string, value: string): string {
  if (value === '') refuse('cmd', 'an empty value');
  const odd = /["%!]|[^\x20-\x7e]/.exec(value);
  if (odd) refuse('cmd', /[\x20-\x7e]/.test(odd[0]) ? `the character ${odd[0]}` : 'a character beyond ASCII');
  const statement = `set "${name}=${value}"`;
  if (statement.length > LINE_LIMIT) refuse('cmd', `a line of more than ${LINE_LIMIT} characters`);
  return statement;
}

/**
 * An expression in ASCII for any text. Windows PowerShell reads a program's output in the console's code page, where
 * the UTF-8 bytes of a harmless letter can turn into a typographic quote and end the string; so every character beyond
 * ASCII is given by its number.
 */
function powerShellExpression(text: string): string {
  return `'${text.replaceAll("'", "''").replace(/[\u0080-\uffff]/g, characterByNumber)}'`;
}

function characterByNumber(unit: string): string {
  return `'+[char]0x${unit.charCodeAt(0).toString(16).padStart(4, '0')}+'`;
}

/** As it stands: even `docker run --env-file` and systemd, which know less of quotes, read the same. */
const PLAIN = /^[\w+/=.:,@%-]*$/;

/**
 * Not literal between single quotes everywhere: another single quote; `\\`, which python-dotenv reads as one
 * backslash; a last `\`, which the others take to escape the quote; `${`, which python-dotenv expands in any quotes.
 */
const NOT_IN_SINGLE_QUOTES = /'|\\\\|\\$|\$\{/;

/** Read alike by nobody between double quotes. */
const NOT_IN_DOUBLE_QUOTES = /["\\$`]/;

/**
 * A value in the form on which the readers of `.env` files agree: dotenv, Node, python-dotenv, Docker Compose, and a
 * shell's `.`. There is no standard; a value on which they differ is refused.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE
 */
function quoteDotenv(value: string): string {
  if (PLAIN.test(value)) return value;
  if (!NOT_IN_SINGLE_QUOTES.test(value)) return `'${value}'`;
  if (!NOT_IN_DOUBLE_QUOTES.test(value)) return `"${value}"`;
  return refuse('dotenv', 'this mixture of quotes, backslashes and dollar signs');
}

/**
 * A value of systemd's `EnvironmentFile=` (systemd.exec(5)): in double quotes, where a backslash takes their meaning
 * from the four characters that have one. Nothing is expanded there.
 */
function quoteSystemd(value: string): string {
  return /^[\w+/=.:,@%-]+$/.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, '\\$&')}"`;
}

/** A value in a config of curl (curl(1), `--config`): in double quotes, with backslashes before those and themselves. */
function quoteCurl(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
