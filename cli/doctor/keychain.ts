import { isOracleComputeError } from '../../lib/errors.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import type { Context } from '../context/context.js';
import { type Check, note, pass } from './check.js';

/**
 * The keychain, as far as a login needs it: a machine without one is a note. A keychain that does not answer is one
 * too, unless the password has to come from it, because then it stops the login.
 *
 * @param account whose password to look for; without it, only whether the keychain answers
 */
export async function checkKeychain(
  account: KeychainAccount | undefined,
  hasPasswordFile: boolean,
  context: Context,
): Promise<Check> {
  try {
    return pass('keychain', await whatItHas(account, context));
  } catch (error) {
    const isHarmless =
      isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE') ||
      (isOracleComputeError(error, 'KEYCHAIN_NO_ANSWER') && (hasPasswordFile || !account));
    if (!isHarmless) throw error;
    const instead = hasPasswordFile ? 'the password file is used' : 'a password file can be used instead';
    return note('keychain', `${error.message}; ${instead}`);
  }
}

async function whatItHas(account: KeychainAccount | undefined, context: Context): Promise<string> {
  if (!account) {
    await context.keychain.check();
    return 'the keychain answers';
  }
  return (await context.keychain.get(account)) === undefined
    ? `the keychain answers; it has no password of ${account.user}, or is locked`
    : `the keychain has the password of ${account.user}`;
}
