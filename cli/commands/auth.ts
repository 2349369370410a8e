import { describeDuration } from '../../lib/clock.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { type ComputeSession, isAccountName, type KeychainAccount, openSession } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import { askPassword, infoLogger, obtainPassword } from '../context/conversation.js';
import { shellQuote } from '../errors/error-text.js';
import { forPlatform } from '../errors/windows-words.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/general.js';
import { COOKIE_VARIABLE, printForShell, type ShellOptions, withShellOption } from '../output/assignment.js';
import type { CommandModule } from '../parser/command.js';
import { missing, readSelection, sessionNotes } from '../settings/compute.js';

export interface AuthOptions extends ComputeOptions, ShellOptions {
  readonly username?: string;
  readonly passwordfile?: string;
  readonly noCookieFile?: boolean;
  readonly savePassword?: boolean;
}

/** Logs in, keeps the cookie in the cookies file, and prints the statement that sets OPC_COOKIE. */
export async function runAuth(options: AuthOptions, context: Context): Promise<number> {
  if (options.noCookieFile && options.cookieFile !== undefined) {
    throw new OracleComputeError('USAGE', '--no-cookie-file and --cookie-file cannot be used together', {
      usage: 'auth',
    });
  }
  if (options.noCookieFile && options.store !== undefined) {
    throw new OracleComputeError('USAGE', '--no-cookie-file and --store cannot be used together', { usage: 'auth' });
  }
  refuseSwapped(options);
  const { selection, passwordFile } = await readSelection(
    { ...options, pass: options.passwordfile ?? options.pass },
    context,
    options.username,
  );
  const { endpoint, user } = selection;
  if (endpoint === undefined) throw missing('endpoint');
  if (user === undefined) throw missing('user');
  const account = { endpoint, user };
  let isTyped = false;
  const first = await obtainPassword(passwordFile, account, context, () => {
    isTyped = true;
  });
  const notes = sessionNotes(options, context);
  const opened = await openSession({ ...selection, ...notes, isNew: true, inMemory: options.noCookieFile });
  const note = infoLogger(options, context);
  const { session, password } = await opened
    .begin(first)
    .then((begun) => ({ session: begun, password: first }))
    .catch(async (error: unknown) => {
      if (!isTyped || !isOracleComputeError(error, 'CREDENTIALS_REFUSED')) throw error;
      note(`${error.message}; try once more`);
      const second = await askPassword(account, context);
      // The same password again would only bring a locked account nearer.
      if (second === first) throw error;
      return { session: await opened.begin(second), password: second };
    });
  // At a terminal nothing takes the statement, and the token would stay in its scrollback.
  const isForEyes = context.stdout.isTTY && !options.shell && options.format !== 'json' && !options.noCookieFile;
  if (!isForEyes) printForShell(options, [{ name: COOKIE_VARIABLE, value: session.token }], context);
  if (context.stderr.isTTY) note(describeSession(session));
  if (isForEyes) note(`for other programs, set ${COOKIE_VARIABLE} in this shell: ${evalLine(options, context)}`);
  if (options.savePassword) await savePassword(account, password, context);
  return 0;
}

/** The line that sets the variables of the session that this line has begun. */
function evalLine(options: AuthOptions, { program, platform }: Context): string {
  const given = { ...options, user: options.username ?? options.user };
  const flags = (['address', 'user', 'cookie-file', 'profile', 'profile-directory'] as const).flatMap((name) => {
    const key = name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()) as 'address';
    return given[key] === undefined ? [] : [`--${name} ${shellQuote(given[key])}`];
  });
  return forPlatform(`eval "$(${[program, 'env', ...flags].join(' ')})"`, platform);
}

/** Refuses a password file before the user. The message does not repeat it: it may be the password itself. */
function refuseSwapped({ username = '', passwordfile = '' }: AuthOptions): void {
  if (username === '' || isAccountName(username) || !isAccountName(passwordfile)) return;
  const message = 'user name and password file are in the wrong order';
  throw new OracleComputeError('ACCOUNT_MALFORMED', message, { isSwapped: true });
}

/** After the token is out: a keychain that fails does not cost the login, and shows in the exit status only. */
async function savePassword(account: KeychainAccount, password: string, context: Context): Promise<void> {
  try {
    await context.keychain.set(account, password);
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
    const message = `logged in, but the password was not saved: ${error.message}`;
    throw new OracleComputeError(error.code, message, error.fields, { cause: error });
  }
}

function describeSession(session: Awaited<ReturnType<ComputeSession['begin']>>): string {
  const token = describeDuration(session.tokenExpiresAt - session.issuedAt);
  const whole = describeDuration(session.sessionExpiresAt - session.issuedAt);
  return `logged in as ${session.user}: the token lives ${token}, the session ${whole}`;
}

export const authCommand: CommandModule<AuthOptions> = {
  builder: (list) =>
    withShellOption(withStoreOption(withComputeOptions(list)))
      .positional('username', { type: 'string', describe: 'User, /customer/name' })
      .positional('passwordfile', { type: 'string', describe: 'Password file, or - for a prompt' })
      .option('no-cookie-file', { type: 'boolean', describe: 'Do not store the session' })
      .option('save-password', {
        type: 'boolean',
        describe: 'Save the password in the keychain after the login',
      }),
  run: runAuth,
  help: {
    description:
      'Logs in to Oracle Compute, stores the session, and prints a line that sets OPC_COOKIE, for eval. Only other programs need that line: the commands of this program use the stored session. The token is valid for 30 minutes, the session for 3 hours. The password file must be readable by its owner only. With --store, the session is also shared with other hosts; hosts of a fleet should run refresh_token --reauthenticate --min-valid 10m instead, which logs in once for all of them.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_PASSWORD_FILE', 'password file'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
      ['OPC_CA_BUNDLE', 'additional CA certificates'],
    ],
    examples: [
      ['eval "$($0 /Compute-acme/jack.jones@example.com ~/.opc/password)"', 'log in with a password file'],
      ['eval "$($0 /Compute-acme/jack.jones@example.com -)"', 'be asked for the password'],
      ['eval "$($0 /Compute-acme/jack.jones@example.com - --save-password)"', 'be asked once, and never again'],
    ],
    statuses: [0, 2, 3, 4, 5, 10, 75],
  },
};
