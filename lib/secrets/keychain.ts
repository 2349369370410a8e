import { type ErrorFields, OracleComputeError } from '../errors.js';
import { parseObject } from '../text.js';

/** Where the password of one user at one endpoint is kept: the operating system's keychain. */
export interface KeychainAccount {
  /** The endpoint's origin, e.g. `https://api-z99.compute.example.com`. */
  readonly endpoint: string;
  /** The two-part user name, e.g. `/Compute-acme/jack.jones@example.com`. */
  readonly user: string;
}

/**
 * The operating system's keychain. Each call ends within three seconds of asking it, with OracleComputeError
 * KEYCHAIN_NO_ANSWER or KEYCHAIN_UNAVAILABLE where it cannot be used; nothing is ever kept anywhere else instead.
 */
export interface Keychain {
  /**
   * The password, or undefined where the keychain has none or is locked: the two cannot be told apart. Changes nothing,
   * so it can be asked again.
   */
  get(account: KeychainAccount): Promise<string | undefined>;
  /**
   * Keeps the password in place of an earlier one.
   *
   * @throws OracleComputeError PASSWORD_EMPTY; PASSWORD_MALFORMED where it has a NUL or is not text
   */
  set(account: KeychainAccount, password: string): Promise<void>;
  /** True where something was deleted; false where there is no entry, or it is locked. */
  delete(account: KeychainAccount): Promise<boolean>;
  /** Resolves where the keychain answers, locked or not. Touches no entry. */
  check(): Promise<void>;
}

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
