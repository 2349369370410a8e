import { parseDuration } from '../../lib/clock.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { type ComputeSession, parseEndpoint } from '../../lib/index.js';
import type { ValueWithOrigin } from '../../lib/text.js';
import { withoutSecrets } from '../../lib/variables.js';
import type { Context } from '../context/context.js';
import { availablePassword } from '../context/conversation.js';
import { lastingHttpClient } from '../context/http.js';
import { describeError } from '../errors/error-text.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/general.js';
import type { CommandModule, PassedWords } from '../parser/command.js';
import { openUsedSession, type UsedSession } from '../settings/compute.js';

export interface ExecOptions extends ComputeOptions {
  readonly minValid?: string;
}

const INSTEAD = '$0 -- COMMAND [ARGUMENT...]';

/** Runs a command with a token that lives long enough, and keeps the stored session fresh until it ends. */
export async function runExec(options: ExecOptions & PassedWords, context: Context): Promise<number> {
  if (options.rest.length === 0) {
    throw new OracleComputeError('USAGE', 'no command after --', {
      usage: 'exec',
      instead: INSTEAD.replaceAll('$0', '$0 exec'),
    });
  }
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const { session, passwordFile, cookieFile } = await openUsedSession(options, context);
  const first = await session.lasting(minValid);
  return session.cookiesFile === undefined
    ? runChild(first, options, context)
    : runWithStored({ session, passwordFile, cookieFile }, first, options, context);
}

async function runWithStored(
  { session, passwordFile, cookieFile }: UsedSession,
  first: Awaited<ReturnType<ComputeSession['lasting']>>,
  options: ExecOptions & PassedWords,
  context: Context,
): Promise<number> {
  const ended = new AbortController();
  const { signal } = ended;
  const quiet = () => undefined;
  const password = availablePassword(withoutTerminal(passwordFile), unattended(context), quiet);
  const background = session.with({
    http: lastingHttpClient({ ...options, quiet: true }, { ...context, interruption: signal }),
    password: (reason) => password(reason, first),
    signal,
    onWait: quiet,
  });
  const onFailure = (error: unknown) => {
    context.stderr.write(`${context.program}: the session was not renewed: ${describeError(error)}\n`);
  };
  const keeping = background.keepAlive({ signal, onFailure }, first);
  try {
    return await runChild({ ...first, cookieFile }, options, context);
  } finally {
    ended.abort();
    await keeping;
  }
}

async function runChild(session: ChildSession, { rest }: PassedWords, context: Context): Promise<number> {
  const [command = '', ...args] = rest;
  const { status } = await context.runChild(command, args, { env: childEnvironment(context.env, session) });
  return status;
}

/** The terminal, and what is left of stdin, are the child's. */
function unattended(context: Context): Context {
  return { ...context, stdin: { isTTY: false, read: () => context.stdin.read() } };
}

function withoutTerminal(passwordFile: ValueWithOrigin<string> | undefined): ValueWithOrigin<string> | undefined {
  return passwordFile?.value === '-' ? undefined : passwordFile;
}

interface ChildSession {
  readonly token: string;
  readonly endpoint: string;
  readonly user: string;
  /** The cookies file that the line names, and that commands in the child are to use, too. */
  readonly cookieFile?: string;
}

/** The environment of a child that gets a token: adds the token, removes this program's own secrets. */
function childEnvironment(env: Context['env'], session: ChildSession): Record<string, string | undefined> {
  return {
    ...withoutSecrets(env, 'exec'),
    OPC_COOKIE: session.token,
    // Keep the user's spelling: scripts append paths to it, with or without a slash in between.
    OPC_API: isAddressOf(env.OPC_API, session.endpoint) ? env.OPC_API : session.endpoint,
    ...(session.user !== '' && { OPC_USER: session.user }),
    ...(session.cookieFile !== undefined && { OPC_COOKIE_FILE: session.cookieFile }),
  };
}

function isAddressOf(address: string | undefined, endpoint: string): boolean {
  try {
    return address !== undefined && parseEndpoint(address) === endpoint;
  } catch (error) {
    if (isOracleComputeError(error)) return false;
    throw error;
  }
}

export const execCommand: CommandModule<ExecOptions> = {
  builder: (list) =>
    withStoreOptions(withComputeOptions(list)).option('min-valid', {
      type: 'string',
      describe: 'Fail unless the token is valid this long (default 10m)',
    }),
  run: runExec,
  instead: INSTEAD,
  help: {
    description:
      'Runs a command with OPC_COOKIE, OPC_API and OPC_USER set. Refreshes the token first if needed; if the session has expired, logs in again with the password file or the keychain. While the command runs, the stored session stays valid: oracle-compute inside the command uses the newest token, other programs keep the token that they started with. Signals and the exit status are passed on. To outlive the terminal, start it with setsid: nohup has no effect, because Node restores the hang-up signal. Secrets of this program, such as OPC_PASSWORD_FILE, are not passed on. A token in OPC_COOKIE is refreshed if needed, but never stored.',
    environment: SESSION_ENVIRONMENT,
    examples: [
      ['$0 -- ./deploy.sh', 'run a script that finds its token in OPC_COOKIE'],
      [`$0 --min-valid 20m -- sh -c 'curl -H "Cookie: nimbula=$OPC_COOKIE" "$OPC_API/instance/"'`, 'call the service'],
    ],
    statuses: ['any', 2, 3, 10, 126, 127],
  },
};
