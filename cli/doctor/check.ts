import { isOracleComputeError, type OracleComputeError } from '../../lib/errors.js';
import { isSystemError } from '../errors/error-text.js';
import { asFailure } from '../errors/report-error.js';

/** What one look at one thing has found: one line. A note is neither good nor bad, and fails nothing. */
export interface Check {
  readonly check: string;
  readonly state: 'pass' | 'fail' | 'note';
  readonly message: string;
  /** What is wrong; its next step is the cure. */
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

/** Looks at something. What is found to be wrong, or is refused by the system, is a line, not the end of the others. */
export async function look(check: string, action: () => Promise<Check | readonly Check[]>): Promise<readonly Check[]> {
  try {
    return [await action()].flat();
  } catch (error) {
    const failure = isSystemError(error) ? asFailure(error) : error;
    if (!isOracleComputeError(failure) || failure.code === 'INTERRUPTED') throw error;
    return [fail(check, failure)];
  }
}
