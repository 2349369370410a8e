import { dirname, join } from 'node:path';
import { execPath, getBuiltinModule, env as processEnvironment } from 'node:process';
import { ownUserId } from './files/owner.js';
import type { Keychain } from './secrets/keychain.js';

export interface SystemKeychainSettings {
  /** The environment that leads to the keychain; the process's own if not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends a call under way when it aborts. */
  readonly signal?: AbortSignal;
  /** Gives the command line of the helper, if it is not the one in this package. */
  readonly helper?: () => readonly [command: string, ...args: string[]];
}

/**
 * The operating system's keychain, with the entries that `password set` and `auth --save-password` make:
 *
 * ```ts
 * const keychain = systemKeychain();
 * const password = async () => (await keychain.get({ endpoint, user })) ?? '';
 * const session = await openSession({ endpoint, user, password });
 * ```
 *
 * Each call starts a process of its own, so that one that hangs or crashes does no harm.
 */
export function systemKeychain({
  env = processEnvironment,
  signal,
  helper = ownHelper,
}: SystemKeychainSettings = {}): Keychain {
  const keychain = async () => {
    const { createSystemKeychain } = await import('./secrets/system-keychain.js');
    return createSystemKeychain({ helper: helper(), env, uid: ownUserId(), signal });
  };
  return {
    get: async (account) => (await keychain()).get(account),
    set: async (account, password) => (await keychain()).set(account, password),
    delete: async (account) => (await keychain()).delete(account),
    check: async () => (await keychain()).check(),
  };
}

function ownHelper(): readonly [string, string] {
  // Not imported above: every command would load it, and none needs it.
  const { createRequire } = getBuiltinModule('node:module');
  // The package finds itself by its name.
  const folder = dirname(createRequire(import.meta.url).resolve('oracle-compute/package.json'));
  return [execPath, join(folder, 'dist', 'bin', 'keychain-helper.js')];
}
