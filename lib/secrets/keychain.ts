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
