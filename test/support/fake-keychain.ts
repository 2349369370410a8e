import { OracleComputeError } from '../../lib/errors.js';
import type { Keychain, KeychainAccount } from '../../lib/secrets/keychain.js';

export interface FakeKeychain extends Keychain {
  /** Passwords by `user endpoint`. */
  readonly entries: Map<string, string>;
  /** How it behaves; may be changed at any time. */
  state: 'open' | 'locked' | 'unavailable';
  /** How often it was asked for a password. */
  readonly reads: number;
}

/** A keychain in memory, held to the same tests as the real one (test/keychain/contract.ts). */
export function fakeKeychain(entries: Readonly<Record<string, string>> = {}): FakeKeychain {
  const kept = new Map(Object.entries(entries));
  let reads = 0;
  const name = (account: KeychainAccount) => `${account.user} ${account.endpoint}`;
  const requireThere = () => {
    if (keychain.state !== 'unavailable') return;
    throw new OracleComputeError('KEYCHAIN_UNAVAILABLE', 'no keychain can be used here: there is no D-Bus session', {
      obstacle: 'no-session-bus',
      reason: 'there is no D-Bus session',
    });
  };
  const requireOpen = () => {
    requireThere();
    if (keychain.state === 'locked') throw new OracleComputeError('KEYCHAIN_LOCKED', 'the keychain is locked', {});
  };
  /** A locked keychain still tells whether it has an entry. */
  const requireReadable = (account: KeychainAccount) => {
    requireThere();
    if (kept.has(name(account))) requireOpen();
  };
  const keychain: FakeKeychain = {
    entries: kept,
    state: 'open',
    get reads() {
      return reads;
    },
    get: async (account) => {
      reads += 1;
      requireReadable(account);
      return kept.get(name(account));
    },
    set: async (account, password) => {
      const from = 'what is to be saved';
      if (password === '') throw new OracleComputeError('PASSWORD_EMPTY', 'the password is empty', { from });
      if (password.includes('\0') || !password.isWellFormed()) {
        throw new OracleComputeError('PASSWORD_MALFORMED', 'the password cannot be kept', { from });
      }
      requireOpen();
      kept.set(name(account), password);
    },
    delete: async (account) => {
      requireReadable(account);
      return kept.delete(name(account));
    },
    check: async () => requireOpen(),
  };
  return keychain;
}
