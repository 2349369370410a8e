import { type ErrorFields, OracleComputeError } from '../errors.js';
import { parseObject } from '../text.js';

/** What the keychain's helper is asked, as JSON on its stdin. */
export type KeychainRequest =
  | { readonly operation: 'get' | 'delete'; readonly service: string; readonly account: string }
  | { readonly operation: 'set'; readonly service: string; readonly account: string; readonly password: string }
  | { readonly operation: 'check'; readonly service: string };

/**
 * What the helper says, a line of JSON each: that it now asks the keychain, from when on its time is counted; then the
 * password, whether there was something to delete, null where there is nothing to say, or the failure.
 */
export type KeychainLine =
  | { readonly asking: true }
  | { readonly answer: string | boolean | null }
  | { readonly failure: ErrorFields['KEYCHAIN_UNAVAILABLE'] };

/** Reads what the helper said so far. A line that is cut off or not ours is passed over. */
export function parseKeychainLines(text: string): KeychainLine[] {
  return text.split('\n').flatMap((line) => (parseObject(line) as KeychainLine | undefined) ?? []);
}

/** The error that the helper reported, as an error of this process. */
export function failureOf(line: Extract<KeychainLine, { failure: unknown }>): OracleComputeError {
  return unavailable(line.failure.obstacle, line.failure.reason);
}

export function unavailable(
  obstacle: ErrorFields['KEYCHAIN_UNAVAILABLE']['obstacle'],
  reason: string,
): OracleComputeError<'KEYCHAIN_UNAVAILABLE'> {
  return new OracleComputeError('KEYCHAIN_UNAVAILABLE', `no keychain can be used here: ${reason}`, {
    obstacle,
    reason,
  });
}
