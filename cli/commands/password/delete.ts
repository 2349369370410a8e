import { OracleComputeError } from '../../../lib/errors.js';
import type { KeychainAccount } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { type ComputeOptions, withComputeOptions } from '../../flags/compute.js';
import type { CommandModule } from '../../parser/command.js';
import { keychainAccount } from '../../settings/compute.js';

export interface PasswordDeleteOptions extends ComputeOptions {
  readonly username?: string;
}

/** Removes a password from the keychain. */
export async function runPasswordDelete(options: PasswordDeleteOptions, context: Context): Promise<number> {
  const account = await keychainAccount(options, context, options.username);
  if (!(await context.keychain.delete(account))) throw noEntry(account);
  if (context.stderr.isTTY) {
    infoLogger(options, context)(`the password of ${account.user} at ${account.endpoint} is gone from the keychain`);
  }
  return 0;
}

/** The error if the keychain answers, but shows nothing for this account. */
export function noEntry({ user, endpoint }: KeychainAccount): OracleComputeError {
  const message = `the keychain has no password for ${user} at ${endpoint}, or is locked`;
  return new OracleComputeError('KEYCHAIN_NO_ENTRY', message, { user, endpoint });
}

export const passwordDeleteCommand: CommandModule<PasswordDeleteOptions> = {
  builder: (list) =>
    withComputeOptions(list).positional('username', { type: 'string', describe: 'User, /customer/name' }),
  run: runPasswordDelete,
  help: {
    description:
      'Removes the password of a user at an endpoint from the keychain. A stored session is kept. The default is the user and endpoint of the stored session.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
    ],
    examples: [['$0 /Compute-acme/jack.jones@example.com', 'forget this password']],
    statuses: [0, 2, 4],
  },
};
