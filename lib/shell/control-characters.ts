import { OracleComputeError } from '../errors.js';
import type { ShellSyntax } from './syntax.js';

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
