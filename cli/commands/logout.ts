import { listStoredFiles } from '../../lib/compute/cookies/cookies-file-store.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { temporariesOf } from '../../lib/files/private-file.js';
import type { KeychainAccount } from '../../lib/secrets/keychain.js';
import { endSession } from '../../lib/session/store.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, readSettings, withComputeOptions } from '../flags/compute.js';
import { infoLogger, timeoutOf } from '../flags/general.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/store.js';
import { findAccount, findCopy, followToken, share, storeAt, withChoice } from '../flags/stored-session.js';
import type { CommandModule } from '../parser/command.js';

export interface LogoutOptions extends ComputeOptions {
  readonly all?: boolean;
  readonly forgetPassword?: boolean;
  readonly shell?: keyof typeof UNSET;
}

/** How each shell removes a variable. */
const UNSET = {
  sh: 'unset',
  bash: 'unset',
  zsh: 'unset',
  ksh: 'unset',
  fish: 'set -e',
  csh: 'unsetenv',
  tcsh: 'unsetenv',
};

/** Removes stored sessions and, if the options say so, their passwords from the keychain. */
export async function runLogout(options: LogoutOptions, context: Context): Promise<number> {
  const given = await readSettings(options, context);
  // At any endpoint: if the line names another one, its session is removed, and the shell keeps its own.
  const ofShell = await followToken({ ...given, endpoint: undefined }, { ...options, quiet: true }, context);
  const settings = given.endpoint || options.all ? given : ofShell;
  const note = infoLogger(options, context);
  const copies = options.all
    ? (await listStoredFiles(context.home)).map((path) => storeAt(path, context))
    : [await withChoice(settings, context, (chosen) => findCopy(chosen, context))].filter((copy) => copy !== undefined);
  const accounts: KeychainAccount[] = [];
  const failures: OracleComputeError[] = [];
  const removedFiles: string[] = [];
  for (const copy of copies) {
    try {
      const session = await copy.read();
      const account = session ?? (options.all ? undefined : await findAccount(settings, context));
      const store = account ? await share(copy, account, settings, context) : copy;
      if (!session && store === copy && temporariesOf(copy.location).length === 0) continue;
      const wait = Math.max(timeoutOf(options), 15_000);
      const { wasStored, untold } = await endSession(store, { wait, signal: context.interruption });
      if (untold && account) failures.push(stillShared(untold, account, wasStored));
      if (!wasStored && store !== copy) continue;
      removedFiles.push(copy.location);
      if (!account) continue;
      accounts.push(account);
      if (context.stderr.isTTY) note(`the session of ${account.user} at ${account.endpoint} is removed`);
    } catch (error) {
      // A session that cannot be removed must not keep the others.
      if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
      failures.push(error);
    }
  }
  const removed = removedFiles.length;
  const { cookie } = given;
  const isOfShell = removed === 0 || (!ofShell.cookie && removedFiles.includes(ofShell.cookieFile ?? ''));
  const unsets = cookie && options.shell && isOfShell && failures.length === 0;
  if (unsets) {
    context.stdout.write(`${UNSET[options.shell]} ${cookie.source}\n`);
  } else if (cookie && cookie.source !== given.cookieFile) {
    note(`${cookie.source} is still set in this shell: unset ${cookie.source}`);
  }
  const { endpoint, user } = settings;
  if (removed === 0 && endpoint && user) accounts.push({ endpoint: endpoint.value, user: user.value });
  // A keychain that fails must not keep a session alive, so it comes last.
  const forgotten = options.forgetPassword ? await forgetPasswords(accounts, note, context) : 0;
  for (const other of failures.slice(1)) note(other.message);
  if (failures[0]) throw failures[0];
  if (removed > 0 || forgotten > 0 || options.all || unsets) return 0;
  throw new OracleComputeError('NO_SESSION', 'there is no stored session to remove', { path: copies[0]?.location });
}

/** The failure of the store, with what is removed and what is left. */
function stillShared(untold: OracleComputeError, { user, endpoint }: KeychainAccount, wasStored: boolean) {
  const here = wasStored ? 'the session is removed from this host only' : 'no session was removed';
  const message = `${untold.message}; ${here}, and the store may still have it`;
  if (!isOracleComputeError(untold, 'STORE_UNREACHABLE')) {
    return new OracleComputeError(untold.code, message, untold.fields, { cause: untold });
  }
  const fields = { ...untold.fields, left: { user, endpoint } };
  return new OracleComputeError('STORE_UNREACHABLE', message, fields, { cause: untold });
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
      'Removes the stored session from this machine, and with --store from what the hosts of a fleet share. The service has no way to revoke a token: it stays valid there until it expires.',
    environment: [
      ['OPC_API', 'address of the service'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
    ],
    examples: [
      ['eval "$($0 --shell bash)"', 'end the session in this shell, too'],
      ['$0 --all', 'remove every stored session'],
      ['$0 --forget-password', 'remove the session, and its password from the keychain'],
    ],
    statuses: [
      [0, 'removed'],
      [2, 'the session is removed, but the keychain is locked or missing'],
      [3, 'the store cannot be reached: the session is removed from this host only'],
      [4, 'the cookies file is damaged; it is kept'],
      [10, 'there is no stored session'],
    ],
  },
};
