import type { ErrorCode, ErrorFields } from '../../lib/errors.js';
import { quoteWord } from '../../lib/shell/index.js';
import { plainName } from '../../lib/text.js';

/** What the program makes of an error code: its exit status, what it means, and what to do next. */
export interface ErrorRow<C extends ErrorCode> {
  /** By Oracle's table of exit statuses (Oracle Cloud Machine, CLI reference), and 75 for "try again" (sysexits.h). */
  readonly status: number | ((fields: ErrorFields[C]) => number);
  /** One line for docs/errors.md. */
  readonly meaning: string;
  /** The next step, as a command that can be pasted wherever there is one. */
  readonly hint: string | ((fields: ErrorFields[C], program: string) => string);
}

/** The rows of some error codes. */
export type ErrorRows<C extends ErrorCode> = { readonly [K in C]: ErrorRow<K> };

export const LOG_IN = 'log in: oracle-compute auth';

/** The next step where it is a login to OCI; the program is the one that was called. */
export function logInToOci(program: string): string {
  return `log in: ${program} session authenticate`;
}

/** A path or name as one word of a command line that can be pasted. No name is too strange for a hint. */
export function word(text: string): string {
  return quoteWord('sh', plainName(text));
}

/** For the end of a hint: the id by which the service's operators find the call. */
export function reported(callId: string | undefined): string {
  return callId === undefined ? '' : `; Oracle can find the call by its id ${callId}`;
}
