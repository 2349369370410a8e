import { isOracleComputeError } from '../../lib/errors.js';
import { redact } from './redact.js';

/** What happened, on one line and without secrets. */
export function describeError(error: unknown): string {
  return oneLine(redact(isOracleComputeError(error) ? error.message : describeUnknown(error)));
}

/** The words for an error that is not one of ours. */
export function describeUnknown(error: unknown): string {
  return error instanceof Error ? `a fault of this program: ${error.message}` : 'a fault of this program';
}

/**
 * Names and server texts must not bring a second line, a terminal's control sequences or another direction of writing
 * into a report.
 */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}
