import { isOracleComputeError } from '../../lib/errors.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import type { World } from '../world/world.js';
import { type Check, note, pass } from './check.js';

/**
 * The keychain, as far as anybody needs it here: with a password file it may be missing or locked.
 *
 * @param account whose password to look for; without it, only whether the keychain can be used
 */
export async function checkKeychain(
  account: KeychainAccount | undefined,
  hasPasswordFile: boolean,
  world: World,
): Promise<Check> {
  try {
    if (!account) {
      await world.keychain.check();
      return pass('keychain', 'the keychain can be used');
    }
    const isThere = (await world.keychain.get(account)) !== undefined;
    if (isThere) return pass('keychain', `the keychain has the password of ${account.user}`);
    await world.keychain.check();
    return pass('keychain', `the keychain can be used, and has no password of ${account.user}`);
  } catch (error) {
    const isOptional = hasPasswordFile || !account;
    if (isOptional && isOracleComputeError(error, 'KEYCHAIN_LOCKED', 'KEYCHAIN_UNAVAILABLE')) {
      return note(
        'keychain',
        `${error.message}; ${hasPasswordFile ? 'the password file is used' : 'a password file can be used instead'}`,
      );
    }
    throw error;
  }
}
