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
