import type { Context } from '../../context/context.js';
import {
  askNewPassword,
  canPrompt,
  infoLogger,
  readGivenPassword,
  readPasswordLine,
} from '../../context/conversation.js';
import { type ComputeOptions, withComputeOptions } from '../../flags/compute.js';
import type { CommandModule } from '../../parser/command.js';
import { keychainAccount } from '../../settings/compute.js';

export interface PasswordSetOptions extends ComputeOptions {
  readonly username?: string;
  readonly passwordfile?: string;
}

/** Keeps a password in the keychain. It is not tried: that is what `auth --save-password` does. */
export async function runPasswordSet(options: PasswordSetOptions, context: Context): Promise<number> {
  const account = await keychainAccount(options, context, options.username);
  // Only a file that this line names: saving what a variable happens to point to would be a surprise.
  const file = options.passwordfile ?? options.pass;
  const asked = canPrompt(context) && (file === undefined || file === '-');
  const password = asked
    ? await askNewPassword(account, context)
    : file === undefined
      ? await readPasswordLine(context)
      : await readGivenPassword(file, account, context);
  await context.keychain.set(account, password);
  if (context.stderr.isTTY) {
    infoLogger(options, context)(`the password of ${account.user} at ${account.endpoint} is in the keychain`);
  }
  return 0;
}

export const passwordSetCommand: CommandModule<PasswordSetOptions> = {
  builder: (list) =>
    withComputeOptions(list)
      .positional('username', { type: 'string', describe: 'User, /customer/name' })
      .positional('passwordfile', { type: 'string', describe: 'Password file, or - for a prompt' }),
  run: runPasswordSet,
  help: {
    description:
      'Saves the password of a user at an endpoint in the keychain of the operating system, for auth, refresh_token --reauthenticate, exec and request. Prompts for it twice on a terminal; otherwise reads one line of standard input. The password is never an argument. The default is the user and endpoint of the stored session.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
    ],
    examples: [
      ['$0 /Compute-acme/jack.jones@example.com', 'be asked for it twice'],
      ['$0 /Compute-acme/jack.jones@example.com < ~/.opc/password', 'take it from a file'],
      [
        '$0 /Compute-acme/jack.jones@example.com ~/.opc/password',
        'the same, and check that only you can read the file',
      ],
    ],
    statuses: [0, 2, 4],
  },
};
