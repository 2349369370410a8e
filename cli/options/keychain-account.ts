import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, missing, readSettings } from './compute.js';
import { findStore } from './stored-session.js';

/**
 * The user and endpoint of the password: as given, else those of the only stored session that fits.
 *
 * @throws OracleComputeError MISSING_VALUE, and what `readSettings` and `findStore` throw
 */
export async function keychainAccount(
  options: ComputeOptions,
  context: Context,
  argument: string | undefined,
): Promise<KeychainAccount> {
  const settings = await readSettings(options, context, argument);
  const given = { endpoint: settings.endpoint?.value, user: settings.user?.value };
  const isComplete = given.endpoint !== undefined && given.user !== undefined;
  const stored = isComplete ? undefined : await (await findStore(settings, context))?.read();
  const endpoint = given.endpoint ?? stored?.endpoint;
  const user = given.user ?? stored?.user;
  if (endpoint === undefined) throw missing('endpoint');
  if (user === undefined) throw missing('user');
  return { endpoint, user };
}
