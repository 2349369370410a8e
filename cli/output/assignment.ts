import { COOKIE_NAME } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import { type Assignment, renderAssignments } from '../../lib/shell/assignments.js';
import { SHELL_SYNTAXES, type ShellSyntax, usualSyntax } from '../../lib/shell/syntax.js';
import type { Context } from '../context/context.js';
import type { GeneralOptions } from '../flags/general.js';
import type { OptionList } from '../parser/known-options.js';

/** The variable with the token of Oracle Compute (CLI reference, chapter Authentication). */
export const COOKIE_VARIABLE = 'OPC_COOKIE';

export interface ShellOptions extends GeneralOptions {
  readonly shell?: ShellSyntax;
}

export function withShellOption(list: OptionList): OptionList {
  return list.option('shell', {
    type: 'string',
    choices: SHELL_SYNTAXES,
    describe: 'Syntax of the printed statement (default sh; powershell on Windows)',
  });
}

/** Prints the statement that sets variables, in the syntax of `--shell`. */
export function printForShell(options: ShellOptions, assignments: readonly Assignment[], context: Context): void {
  const token = assignments.find(({ name }) => name === COOKIE_VARIABLE)?.value;
  // GitHub, "Workflow commands": a runner reads stderr, too, and masks the value in the log afterwards.
  if (token !== undefined && options.shell === 'github' && context.env.GITHUB_ACTIONS === 'true') {
    context.stderr.write(`::add-mask::${token.replaceAll('%', '%25')}\n`);
  }
  const syntax = options.shell ?? (options.format === 'json' ? 'json' : usualSyntax(context.platform, context.env));
  printExactly(renderAssignments(syntax, syntax === 'curl' ? [curlCookie(assignments)] : assignments), context);
}

/** Prints a text for a program: a pipe or a file gets the exact bytes. */
export function printExactly(text: string, { stdout }: Context): void {
  stdout.write(stdout.isTTY ? text : Buffer.from(text));
}

/** curl gets the token as a cookie; it has no use for the other variables. */
function curlCookie(assignments: readonly Assignment[]): Assignment {
  const token = assignments.find(({ name }) => name === COOKIE_VARIABLE);
  if (token !== undefined) return { name: 'cookie', value: `${COOKIE_NAME}=${token.value}` };
  throw new OracleComputeError('USAGE', '--shell curl is for a token of Oracle Compute', {});
}
