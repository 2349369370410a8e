import { parseDuration } from '../../lib/clock.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { type ComputeSession, parseEndpoint } from '../../lib/index.js';
import type { ValueWithOrigin } from '../../lib/text.js';
import { withoutSecrets } from '../../lib/variables.js';
import type { Context } from '../context/context.js';
import { passwordAtHand } from '../context/conversation.js';
import { lastingHttpClient } from '../context/http.js';
import { describeError } from '../errors/error-text.js';
import {
  type ComputeOptions,
  openUsedSession,
  SESSION_ENVIRONMENT,
  type UsedSession,
  withComputeOptions,
} from '../flags/compute.js';
import { withStoreOptions } from '../flags/store.js';
import type { CommandModule, PassedWords } from '../parser/command.js';

export interface ExecOptions extends ComputeOptions {
  readonly minValid?: string;
}

const INSTEAD = '$0 -- COMMAND [ARGUMENT...]';

/** Runs a command with a token that lives long enough, and keeps the stored session fresh until it ends. */
export async function runExec(options: ExecOptions & PassedWords, context: Context): Promise<number> {
  if (options.rest.length === 0) {
    throw new OracleComputeError('USAGE', 'no command to run stands after --', {
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
  const password = passwordAtHand(withoutTerminal(passwordFile), unattended(context), quiet);
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
      describe: 'Begin with a token that lives longer than this (default 10m), or not at all',
    }),
  run: runExec,
  instead: INSTEAD,
  help: {
    description:
      'Runs a command with OPC_COOKIE, OPC_API and OPC_USER set, without a shell in between. The token is extended first where that is needed, and a session that is over is begun anew with the password file or the keychain. While the command runs, the stored session is kept fresh: oracle-compute inside the command uses the newest token, other programs have the one that they began with. The command gets the signals that this program gets, and its exit status is passed on. To outlive the terminal, start it with setsid: nohup has no effect, because Node takes the hang-up signal back. Our own secrets, such as OPC_PASSWORD_FILE, are not passed on. A token in OPC_COOKIE is extended where that is needed, but kept nowhere and never begun anew.',
    environment: SESSION_ENVIRONMENT,
    examples: [
      ['$0 -- ./deploy.sh', 'run a script that finds its token in OPC_COOKIE'],
      [`$0 --min-valid 20m -- sh -c 'curl -H "Cookie: nimbula=$OPC_COOKIE" "$OPC_API/instance/"'`, 'call the service'],
    ],
    statuses: [
      ['any', 'the exit status of the command; 128 and the number of the signal that ended it'],
      [2, 'wrong options, or a password file that is missing or unsafe'],
      [3, 'the service cannot be reached, or is in trouble'],
      [10, 'token expired, session over or no session: log in'],
      [126, 'the command cannot be started'],
      [127, 'there is no such command'],
    ],
  },
};
