import { OracleComputeError } from '../errors.js';
import { escapedJson } from '../text.js';
import { assertNoControlCharacters, quote, refuse, type ShellSyntax } from './syntax.js';

/** An environment variable and its value. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
}

/** POSIX.1-2024, Base Definitions 3.216, Name: valid in every shell and format. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The text that sets `assignments`, each exported, in `syntax`: one statement per line. `json` is one object on one
 * line, `dotenv` a line `NAME=value` each, `value` the bare values. `github` (`$GITHUB_ENV`) and `docker`
 * (`--env-file`) read everything after the first `=` literally; in `curl` (`-K`) the names are curl's own options.
 *
 * Several statements each end with a semicolon, because an unquoted `eval $(…)` turns line ends into blanks.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE if a value has a control character or no safe form in `syntax`
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

/** In cmd a semicolon would be part of the command; the formats have no terminator. */
function terminator(syntax: ShellSyntax): string {
  switch (syntax) {
    case 'cmd':
    case 'dotenv':
    case 'github':
    case 'systemd':
    case 'docker':
    case 'curl':
    case 'value':
      return '';
    default:
      return ';';
  }
}

/** Not by JSON.stringify of an object, which could not have a member named `__proto__`. */
function jsonMember({ name, value }: Assignment): string {
  return `${JSON.stringify(name)}:${escapedJson(JSON.stringify(value))}`;
}

/** Microsoft, "Command prompt line string limitation": longer lines are cut. */
const LINE_LIMIT = 8191;

/**
 * The statement `set "NAME=value"`. It may be read in two ways: from a batch file, and by
 * `for /f "delims=" %i in ('…') do @%i`. A value that they would read differently is refused:
 * - `%` is doubled in a batch file and must not be in the other;
 * - `"` ends the protection of `&`, `|` and `>` in a batch file, and has no escape inside `"…"`;
 * - `!` starts a variable if delayed expansion is on;
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
 * the UTF-8 bytes of a letter can turn into a typographic quote and end the string; so every character beyond ASCII is
 * written by its number.
 */
export function powerShellExpression(text: string): string {
  return `'${text.replaceAll("'", "''").replace(/[\u0080-\uffff]/g, characterByNumber)}'`;
}

function characterByNumber(unit: string): string {
  return `'+[char]0x${unit.charCodeAt(0).toString(16).padStart(4, '0')}+'`;
}

/** Safe without quotes, even in `docker run --env-file` and systemd, which support fewer of them. */
const PLAIN = /^[\w+/=.:,@%-]*$/;

/**
 * Not literal in single quotes in every reader: a single quote; `\\`, which python-dotenv reads as one backslash; a `\`
 * at the end, which escapes the quote in the others; `${`, which python-dotenv expands in any quotes.
 */
const NOT_IN_SINGLE_QUOTES = /'|\\\\|\\$|\$\{/;

/** The readers differ about these in double quotes. */
const NOT_IN_DOUBLE_QUOTES = /["\\$`]/;

/**
 * A value in a form that dotenv, Node, python-dotenv, Docker Compose and a shell's `.` read alike. `.env` files have no
 * standard; a value without such a form is refused.
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
 * A value of systemd's `EnvironmentFile=` (systemd.exec(5)): in double quotes, with a backslash before the four special
 * characters. Nothing is expanded there.
 */
function quoteSystemd(value: string): string {
  return /^[\w+/=.:,@%-]+$/.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, '\\$&')}"`;
}

/** A value in a config file of curl (curl(1), `--config`): in double quotes, with `"` and `\` escaped. */
function quoteCurl(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
