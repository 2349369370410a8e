import { type ErrorFields, OracleComputeError } from '../errors.js';
import { parseObject } from '../text.js';

/** One entry of the keychain: the password of a user at an endpoint. */
export interface KeychainAccount {
  /** The endpoint's origin, e.g. `https://api-z99.compute.example.com`. */
  readonly endpoint: string;
  /** The two-part user name, e.g. `/Compute-acme/jack.jones@example.com`. */
  readonly user: string;
}

/**
 * The operating system's keychain. Each call fails within three seconds if the keychain cannot be used:
 * OracleComputeError KEYCHAIN_NO_ANSWER or KEYCHAIN_UNAVAILABLE. Nothing is ever stored elsewhere instead.
 */
export interface Keychain {
  /**
   * The password; undefined if the keychain has no such entry or is locked, which look the same.
   */
  get(account: KeychainAccount): Promise<string | undefined>;
  /**
   * Stores the password, and replaces an earlier one.
   *
   * @throws OracleComputeError PASSWORD_EMPTY; PASSWORD_MALFORMED if it has a NUL or an unpaired surrogate
   */
  set(account: KeychainAccount, password: string): Promise<void>;
  /** @returns false if there is no such entry, or the keychain is locked */
  delete(account: KeychainAccount): Promise<boolean>;
  /** Resolves if the keychain answers, locked or not. Reads no entry. */
  check(): Promise<void>;
}

/** A request to the helper process, as JSON on its stdin. */
export type KeychainRequest =
  | { readonly operation: 'get' | 'delete'; readonly service: string; readonly account: string }
  | { readonly operation: 'set'; readonly service: string; readonly account: string; readonly password: string }
  | { readonly operation: 'check'; readonly service: string };

/**
 * The helper's output, a line of JSON each: that it now calls the keychain, which starts the time limit; then the
 * password, whether an entry was deleted, null if there is no result, or the failure.
 */
export type KeychainLine =
  | { readonly asking: true }
  | { readonly answer: string | boolean | null }
  | { readonly failure: ErrorFields['KEYCHAIN_UNAVAILABLE'] };

/** Parses the helper's output so far, without incomplete and other lines. */
export function parseKeychainLines(text: string): KeychainLine[] {
  return text.split('\n').flatMap((line) => (parseObject(line) as KeychainLine | undefined) ?? []);
}

/** The error that the helper reported. */
export function failureOf(line: Extract<KeychainLine, { failure: unknown }>): OracleComputeError {
  return unavailable(line.failure.obstacle, line.failure.reason);
}

export function unavailable(
  obstacle: ErrorFields['KEYCHAIN_UNAVAILABLE']['obstacle'],
  reason: string,
): OracleComputeError<'KEYCHAIN_UNAVAILABLE'> {
  return new OracleComputeError('KEYCHAIN_UNAVAILABLE', `no keychain is available: ${reason}`, {
    obstacle,
    reason,
  });
}
