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
