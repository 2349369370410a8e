import { formatInstant, parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { findSession, isExtendable, type KeychainAccount, openSession } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { infoLogger, obtainPassword } from '../context/conversation.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOptions } from '../flags/general.js';
import { COOKIE_VARIABLE, printForShell, type ShellOptions, withShellOption } from '../output/assignment.js';
import type { CommandModule } from '../parser/command.js';
import { readSelection, sessionNotes } from '../settings/compute.js';

export interface RefreshTokenOptions extends ComputeOptions, ShellOptions {
  readonly minValid?: string;
  readonly reauthenticate?: boolean;
}

/** Extends the token and prints the statement that sets OPC_COOKIE to the new one. */
export async function runRefreshToken(options: RefreshTokenOptions, context: Context): Promise<number> {
  const { selection, passwordFile } = await readSelection(options, context);
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const ask = (account: KeychainAccount) => obtainPassword(passwordFile, account, context);
  const password = options.reauthenticate ? askOnce(ask) : undefined;
  const open = options.reauthenticate ? openSession : findSession;
  const found = await open({ ...selection, ...sessionNotes(options, context), password });
  if (!found) throw new OracleComputeError('NO_SESSION', 'no stored session', {});
  const { session, change } = await found.renewFor(minValid);
  const note = infoLogger(options, context);
  if (change !== 'long-enough' && !isExtendable(session)) {
    note(`the token now lives until the end of the session, ${formatInstant(session.sessionExpiresAt)}, and no longer`);
  }
  if (!options.quiet) {
    printForShell(options, [{ name: COOKIE_VARIABLE, value: session.token }], context);
  }
  return 0;
}

function askOnce(ask: (account: KeychainAccount) => Promise<string>) {
  let asked: Promise<string> | undefined;
  return (_reason: unknown, account: KeychainAccount): Promise<string> => {
    asked ??= ask(account);
    return asked;
  };
}

export const refreshTokenCommand: CommandModule<RefreshTokenOptions> = {
  builder: (list) =>
    withShellOption(withStoreOptions(withComputeOptions(list)))
      .option('min-valid', { type: 'string', describe: 'Do nothing if the token is valid this long: 10m' })
      .option('reauthenticate', {
        type: 'boolean',
        describe: 'Log in again if the session has expired (password file or keychain)',
      }),
  run: runRefreshToken,
  help: {
    description:
      'Refreshes the token for 30 minutes from now, but not beyond the end of the session, 3 hours after the login. Prints the new line for eval. The token is the one in OPC_COOKIE, if that is set, else the one in the cookies file, which is then updated. Processes that run at the same time share one refresh; with --store, so do the hosts of a fleet. There --reauthenticate --min-valid logs in once for all of them.',
    environment: [
      ['OPC_COOKIE', 'token to extend; stands before everything stored'],
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_PASSWORD_FILE', 'password file, for --reauthenticate'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
    ],
    examples: [
      ['eval "$($0)"', 'extend the token of this shell'],
      ['$0 -q --min-valid 15m', 'keep the stored session alive, from cron'],
      [
        '$0 -q --reauthenticate --min-valid 10m --store rediss://cache.example.com',
        'the same on every host of a fleet',
      ],
    ],
    statuses: [0, 3, 5, 10, 75],
  },
};
