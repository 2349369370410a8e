import { OracleComputeError } from '../../lib/errors.js';
import { type KeychainAccount, logout } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { infoLogger } from '../context/conversation.js';
import { forPlatform } from '../errors/windows-words.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/general.js';
import type { CommandModule } from '../parser/command.js';
import { readSelection } from '../settings/compute.js';

export interface LogoutOptions extends ComputeOptions {
  readonly all?: boolean;
  readonly forgetPassword?: boolean;
  readonly shell?: keyof typeof UNSET;
}

/** How each shell removes a variable. */
const UNSET = {
  sh: 'unset ',
  bash: 'unset ',
  zsh: 'unset ',
  ksh: 'unset ',
  fish: 'set -e ',
  csh: 'unsetenv ',
  tcsh: 'unsetenv ',
  powershell: 'Remove-Item Env:',
};

/** Removes stored sessions and, if the options say so, their passwords from the keychain. */
export async function runLogout(options: LogoutOptions, context: Context): Promise<number> {
  const { all, forgetPassword, shell } = options;
  const { selection } = await readSelection(options, context);
  const { endpoint, user, token } = selection;
  const { removed, accounts, failures, location, endsToken } = await logout({ ...selection, all });
  const note = infoLogger(options, context);
  for (const account of context.stderr.isTTY ? accounts : []) {
    note(`the session of ${account.user} at ${account.endpoint} is removed`);
  }
  const unsets = token && shell && endsToken && failures.length === 0;
  if (unsets) context.stdout.write(`${UNSET[shell]}${token.source}\n`);
  else if (token) {
    note(forPlatform(`${token.source} is still set in this shell: unset ${token.source}`, context.platform));
  }
  const given = removed === 0 && endpoint !== undefined && user !== undefined ? [{ endpoint, user }] : [];
  // A keychain that fails must not keep a session alive, so it comes last.
  const forgotten = forgetPassword ? await forgetPasswords([...accounts, ...given], note, context) : 0;
  for (const other of failures.slice(1)) note(other.message);
  if (failures[0]) throw failures[0];
  if (removed > 0 || forgotten > 0 || all || unsets) return 0;
  throw new OracleComputeError('NO_SESSION', 'no stored session to remove', { path: location });
}

async function forgetPasswords(
  accounts: readonly KeychainAccount[],
  note: (text: string) => void,
  context: Context,
): Promise<number> {
  let forgotten = 0;
  for (const account of accounts) {
    if (!(await context.keychain.delete(account))) {
      note(`the keychain had no password of ${account.user} at ${account.endpoint}, or is locked and still has it`);
      continue;
    }
    forgotten++;
    if (context.stderr.isTTY) note(`the password of ${account.user} at ${account.endpoint} is gone from the keychain`);
  }
  return forgotten;
}

export const logoutCommand: CommandModule<LogoutOptions> = {
  builder: (list) =>
    withStoreOption(withComputeOptions(list))
      .option('all', { type: 'boolean', describe: 'Remove every stored session' })
      .option('shell', {
        type: 'string',
        choices: Object.keys(UNSET),
        describe: 'Print the statement that removes OPC_COOKIE from this shell',
      })
      .option('forget-password', { type: 'boolean', describe: 'Remove the password from the keychain too' }),
  run: runLogout,
  help: {
    description:
      'Removes the stored session from this machine, and with --store also the shared session. The service cannot revoke a token: it is valid until it expires.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
    ],
    examples: [
      ['eval "$($0 --shell bash)"', 'end the session in this shell, too'],
      ['$0 --all', 'remove every stored session'],
      ['$0 --forget-password', 'remove the session, and its password from the keychain'],
    ],
    statuses: [0, 2, [3, 'the store cannot be reached: the session is removed from this host only'], 4, 10],
  },
};
