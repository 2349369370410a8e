import type { RefreshOptions } from '../../lib/compute/session-keeper.js';
import { noSession } from '../../lib/compute/session-rules.js';
import type { StoredSession } from '../../lib/compute/stored-session.js';
import { refreshEnvSession } from '../../lib/compute/token/refresh-env-session.js';
import { formatInstant, parseDuration } from '../../lib/session/duration.js';
import { isExtendable } from '../../lib/session/lifetimes.js';
import type { Renewed } from '../../lib/session/renew.js';
import type { ValueWithOrigin } from '../../lib/value-with-origin.js';
import type { Context } from '../context/context.js';
import type { CommandModule } from '../line/command.js';
import { type ComputeOptions, type ComputeSettings, readSettings, withComputeOptions } from '../options/compute.js';
import { envSession } from '../options/env-session.js';
import { infoLogger } from '../options/general.js';
import { obtainPassword } from '../options/password.js';
import { STORE_ENVIRONMENT, withStoreOptions } from '../options/store/settings.js';
import { computeClient, findKeptSession, keptSession, sessionKeeper } from '../options/stored-session.js';
import { COOKIE_VARIABLE, printForShell, type ShellOptions, withShellOption } from '../output/assignment.js';

export interface RefreshTokenOptions extends ComputeOptions, ShellOptions {
  readonly minValid?: string;
  readonly reauthenticate?: boolean;
}

/** Extends the token and prints the statement that sets OPC_COOKIE to the new one. */
export async function runRefreshToken(options: RefreshTokenOptions, context: Context): Promise<number> {
  const settings = await readSettings(options, context);
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const { session, change } = settings.cookie
    ? await refreshVariable(settings.cookie, settings, minValid, options, context)
    : await refreshStored(settings, minValid, options, context);
  const note = infoLogger(options, context);
  if (change !== 'long-enough' && !isExtendable(session)) {
    note(`the token now lives until the end of the session, ${formatInstant(session.sessionExpiresAt)}, and no longer`);
  }
  if (!options.quiet) {
    printForShell(options, [{ name: COOKIE_VARIABLE, value: session.token }], context);
  }
  return 0;
}

/** The token in OPC_COOKIE stands before everything stored, and is never written to disk. */
async function refreshVariable(
  cookie: ValueWithOrigin<string>,
  settings: ComputeSettings,
  minValid: number | undefined,
  options: RefreshTokenOptions,
  context: Context,
): Promise<Renewed<StoredSession>> {
  const session = await envSession(cookie, settings, context);
  const user = settings.user?.value ?? session.user;
  const client = await computeClient(session.endpoint, options, context);
  const account = { endpoint: session.endpoint, user };
  const wanted = refreshOptions(account, settings, minValid, options, context);
  return refreshEnvSession(session, { client, clock: context.clock, user }, cookie.source, wanted);
}

async function refreshStored(
  settings: ComputeSettings,
  minValid: number | undefined,
  options: RefreshTokenOptions,
  context: Context,
): Promise<Renewed<StoredSession>> {
  const kept = options.reauthenticate ? await keptSession(settings, context) : await findKeptSession(settings, context);
  if (!kept) throw noSession(undefined);
  const keeper = await sessionKeeper(kept.account, kept.store, options, context);
  return keeper.refresh(refreshOptions(kept.account, settings, minValid, options, context));
}

function refreshOptions(
  account: { readonly endpoint: string; readonly user: string },
  settings: ComputeSettings,
  minValid: number | undefined,
  options: RefreshTokenOptions,
  context: Context,
): RefreshOptions {
  let asked: Promise<string> | undefined;
  const reauthenticate = () => {
    asked ??= obtainPassword(settings.passwordFile, account, context);
    return asked;
  };
  return { minValid, reauthenticate: options.reauthenticate ? reauthenticate : undefined };
}

export const refreshTokenCommand: CommandModule<RefreshTokenOptions> = {
  builder: (parser) =>
    withShellOption(withStoreOptions(withComputeOptions(parser)))
      .option('min-valid', { type: 'string', describe: 'Do nothing while the token lives longer than this: 10m' })
      .option('reauthenticate', {
        type: 'boolean',
        describe: 'Log in again, with the password file or the keychain, when the session is over',
      }),
  run: runRefreshToken,
  help: {
    description:
      'Extends the token by 30 minutes from now, never beyond the end of the session, 3 hours after login, and prints the new line for eval. The token is the one in OPC_COOKIE, if that is set, else the one in the cookies file, which is then updated. Processes that run at the same time share one refresh; with --store, so do the hosts of a fleet. There --reauthenticate --min-valid logs in once for all of them.',
    environment: [
      ['OPC_COOKIE', 'token to extend; stands before everything stored'],
      ['OPC_API', 'address of the service'],
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
    statuses: [
      [0, 'the token lives longer now, or long enough'],
      [3, 'the service cannot be reached, or is in trouble'],
      [5, 'the service did not extend the token'],
      [10, 'token expired, session over or no session: log in'],
      [75, 'another process or host held the session for too long'],
    ],
  },
};
