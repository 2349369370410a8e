import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execPath, env as processEnvironment } from 'node:process';
import { ownUserId } from './files/owner.js';
import type { Keychain } from './secrets/keychain.js';
import { createSystemKeychain } from './secrets/system-keychain.js';

export interface SystemKeychainSettings {
  /** The environment that leads to the keychain; the process's own if not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends a call under way when it aborts. */
  readonly signal?: AbortSignal;
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
export function systemKeychain(settings: SystemKeychainSettings = {}): Keychain {
  // The package finds itself by its name.
  const folder = dirname(createRequire(import.meta.url).resolve('oracle-compute/package.json'));
  return createSystemKeychain({
    helper: [execPath, join(folder, 'dist', 'bin', 'keychain-helper.js')],
    env: settings.env ?? processEnvironment,
    uid: ownUserId(),
    signal: settings.signal,
  });
}
