import { OracleComputeError } from '../../lib/errors.js';
import type { Keychain, KeychainAccount } from '../../lib/secrets/keychain.js';

export interface FakeKeychain extends Keychain {
  /** Passwords by `user endpoint`. */
  readonly entries: Map<string, string>;
  /**
   * How it behaves; may be changed at any time. `silent`: it is locked, and shows a dialog without an answer;
   * `locked`: no dialog can be shown.
   */
  state: 'open' | 'locked' | 'silent' | 'unavailable';
  /** How often it was asked for a password. */
  readonly reads: number;
}

function refusal(reason: string): OracleComputeError {
  const message = `no keychain is available: ${reason}`;
  return new OracleComputeError('KEYCHAIN_UNAVAILABLE', message, { obstacle: 'refused', reason });
}

function requireStorable(password: string): void {
  const from = 'what is to be saved';
  if (password === '') throw new OracleComputeError('PASSWORD_EMPTY', 'the password is empty', { from });
  if (password.includes('\0') || !password.isWellFormed()) {
    throw new OracleComputeError('PASSWORD_MALFORMED', 'the password cannot be kept', { from });
  }
}

/** A keychain in memory, held to the same tests as the real one (test/keychain/contract.ts). */
export function fakeKeychain(entries: Readonly<Record<string, string>> = {}): FakeKeychain {
  const kept = new Map(Object.entries(entries));
  let reads = 0;
  const name = (account: KeychainAccount) => `${account.user} ${account.endpoint}`;
  const requireThere = () => {
    if (keychain.state === 'unavailable') throw refusal('there is no D-Bus session');
  };
  /** A dialog is shown to read an entry that exists, and to make one. */
  const requireAnswer = () => {
    requireThere();
    if (keychain.state !== 'silent') return;
    throw new OracleComputeError('KEYCHAIN_NO_ANSWER', 'the keychain did not answer in 3 s', { seconds: 3 });
  };
  const keychain: FakeKeychain = {
    entries: kept,
    state: 'open',
    get reads() {
      return reads;
    },
    get: async (account) => {
      reads += 1;
      requireThere();
      if (kept.has(name(account))) requireAnswer();
      return keychain.state === 'open' ? kept.get(name(account)) : undefined;
    },
    set: async (account, password) => {
      requireStorable(password);
      requireAnswer();
      if (keychain.state === 'locked') throw refusal('Cannot create an item in a locked collection');
      kept.set(name(account), password);
    },
    delete: async (account) => {
      requireThere();
      return keychain.state === 'open' && kept.delete(name(account));
    },
    check: async () => requireThere(),
  };
  return keychain;
}
