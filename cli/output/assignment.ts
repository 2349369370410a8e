import type { Argv } from 'yargs';
import { renderAssignments, SHELL_SYNTAXES, type ShellSyntax } from '../../lib/shell/index.js';
import type { GeneralOptions } from '../options/general.js';

/** The variable that carries the token of Oracle Compute (CLI reference, chapter Authentication). */
export const COOKIE_VARIABLE = 'OPC_COOKIE';

export interface ShellOptions extends GeneralOptions {
  readonly shell?: ShellSyntax;
}

export function withShellOption<T>(parser: Argv<T>): Argv<T & { shell?: ShellSyntax }> {
  return parser.option('shell', {
    type: 'string',
    choices: SHELL_SYNTAXES,
    describe: 'Syntax of the printed statement (default sh)',
  }) as Argv<T & { shell?: ShellSyntax }>;
}

/** The statement that sets variables, in the syntax that was asked for. */
export function renderForShell(
  options: ShellOptions,
  assignments: ReadonlyArray<{ readonly name: string; readonly value: string }>,
): string {
  const syntax = options.shell ?? (options.format === 'json' ? 'json' : 'sh');
  return renderAssignments(syntax, assignments);
}
