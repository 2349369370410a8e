import { isOracleComputeError } from '../../lib/errors.js';
import { plainText } from '../../lib/text.js';
import { redact } from './redact.js';

/** What happened, on one line and without secrets. */
export function describeError(error: unknown): string {
  return plainText(redact(isOracleComputeError(error) ? error.message : describeUnknown(error)));
}

/** The words for an error that is not one of ours. */
export function describeUnknown(error: unknown): string {
  return error instanceof Error ? `a fault of this program: ${error.message}` : 'a fault of this program';
}
