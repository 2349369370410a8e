import { isOracleComputeError, systemErrorCode } from '../../lib/errors.js';
import { plainText } from '../../lib/text.js';
import { redact } from './redact.js';

/** What happened, on one line and without secrets. */
export function describeError(error: unknown): string {
  return plainText(redact(isOracleComputeError(error) ? error.message : describeUnknown(error)));
}

/** True for an error of the operating system (`EMFILE`, `EIO`), which is no fault of this program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && /^E[A-Z0-9]+$/.test(systemErrorCode(error) ?? '');
}

/** The words for an error that is not one of ours. */
export function describeUnknown(error: unknown): string {
  if (isSystemError(error)) return `the system refused: ${error.message}`;
  return error instanceof Error ? `a fault of this program: ${error.message}` : 'a fault of this program';
}
