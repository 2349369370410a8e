import { OracleComputeError } from '../errors.js';
import { assertNoControlCharacters, refuse } from './control-characters.js';
import { quoteCurl, quoteDotenv, quoteSystemd } from './file-formats.js';
import { quote } from './quote.js';
import type { ShellSyntax } from './syntax.js';
import { cmdAssignment, powerShellExpression } from './windows.js';

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
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
