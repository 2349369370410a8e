import type { Environment } from '../environment.js';
import { isOracleComputeError, isSystemError, type OracleComputeError, systemRefused } from '../errors.js';

/** What a check needs of the outside. */
export type Outside = Environment & { readonly uid: number | undefined };

/** The result of one check: one line. A note does not change the exit status. */
export interface Check {
  readonly check: string;
  readonly state: 'pass' | 'fail' | 'note';
  readonly message: string;
  readonly failure?: OracleComputeError;
}

export function pass(check: string, message: string): Check {
  return { check, state: 'pass', message };
}

export function note(check: string, message: string): Check {
  return { check, state: 'note', message };
}

export function fail(check: string, failure: OracleComputeError): Check {
  return { check, state: 'fail', message: failure.message, failure };
}

/** Runs a check. An error with a code, or of the system, is a failed check; the other checks continue. */
export async function runCheck(
  check: string,
  action: () => Promise<Check | readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return [await action()].flat();
  } catch (error) {
    const failure = isSystemError(error) ? systemRefused(error) : error;
    if (!isOracleComputeError(failure) || failure.code === 'INTERRUPTED') throw error;
    return [fail(check, failure)];
  }
}
