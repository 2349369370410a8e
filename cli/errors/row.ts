import type { ErrorCode, ErrorFields } from '../../lib/errors.js';
import { quoteWord } from '../../lib/shell/syntax.js';
import { plainName } from '../../lib/text.js';

/** What the program makes of an error code: its exit status, what it means, and what to do next. */
export interface ErrorRow<C extends ErrorCode> {
  /** By Oracle's table of exit statuses (Oracle Cloud Machine, CLI reference), and 75 for "try again" (sysexits.h). */
  readonly status: number | ((fields: ErrorFields[C]) => number);
  /** One line for docs/errors.md. */
  readonly meaning: string;
  /** The next step, as a command that can be pasted wherever there is one. */
  readonly hint: string | ((fields: ErrorFields[C], program: string, line: LineOptions) => string);
}

/** What the line has said that a next step has to repeat. */
export interface LineOptions {
  /** The OCI profile, and its config file. */
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
}

/** The rows of some error codes. */
export type ErrorRows<C extends ErrorCode> = { readonly [K in C]: ErrorRow<K> };

export const LOG_IN = 'log in: oracle-compute auth';

/** The next step where it is a login to OCI; the program is the one that was called. */
export function logInToOci(program: string, line: LineOptions): string {
  return `log in: ${ociLogin(program, line)}`;
}

/** The line that logs in to the same profile in the same config file. */
export function ociLogin(program: string, { profile, configFile }: LineOptions): string {
  const name = profile === undefined ? '' : ` --profile-name ${shellQuote(profile)}`;
  return `${program} session authenticate${name}${configFile === undefined ? '' : ` --config-file ${shellQuote(configFile)}`}`;
}

/** A path or name as one word of a command line that can be pasted. No name is too strange for a hint. */
export function shellQuote(text: string): string {
  return quoteWord('sh', plainName(text));
}

/** For the end of a hint: the id by which the service's operators find the call. */
export function reported(callId: string | undefined): string {
  return callId === undefined ? '' : `; Oracle can find the call by its id ${callId}`;
}
