import { formatInstant, parseDuration } from '../../../lib/clock.js';
import { OracleComputeError } from '../../../lib/errors.js';
import { OciSession } from '../../../lib/oci/index.js';
import { withoutSecrets } from '../../../lib/variables.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { lastingHttpClient, ociHttpClient } from '../../context/http.js';
import { describeError, ociLine, ociLogin } from '../../errors/error-text.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { describeTimes } from '../../output/session-times.js';
import type { PassedWords } from '../../parser/command.js';
import { readStoreOptions } from '../../settings/general.js';
import { defineOciCommand, sessionOptions, unattendedOptions } from '../../settings/oci.js';

export interface SessionExecOptions extends OciOptions, StoreOptions {
  readonly minValid?: string;
}

/** The least lifetime of the token at the start, unless its session ends before. Milliseconds. */
const DEFAULT_MIN_VALID = 15 * 60_000;

/** Runs a command with a session, and keeps the session's token fresh until it ends. */
export async function runSessionExec(options: SessionExecOptions & PassedWords, context: Context): Promise<number> {
  const [command, ...args] = options.rest;
  if (command === undefined) {
    throw new OracleComputeError('USAGE', 'no command after --', { usage: 'session exec' });
  }
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const store = () => readStoreOptions(options, context);
  const session = new OciSession({ ...sessionOptions(options, context), store });
  const goal = minValid === undefined ? { aim: DEFAULT_MIN_VALID } : { minValid };
  const { profile, ...first } = await session.refresh(goal);
  // Asks for a passphrase now, while the user can answer: the token will need a refresh later.
  await session.privateKey(profile);
  infoLogger(options, context)(describeTimes(first.times, context.clock.now()));
  const ended = new AbortController();
  const silent = { ...context, interruption: ended.signal };
  const http = ociHttpClient({ ...options, quiet: true }, silent, lastingHttpClient);
  const background = session.with({ ...unattendedOptions(options, silent), http });
  const keeping = background.keepAlive({ signal: ended.signal, ...endNotices(options, context) }, first);
  try {
    const variables = (await session.variables()).map(({ name, value }) => [name, value] as const);
    const env = { ...withoutSecrets(context.env, 'session exec'), ...Object.fromEntries(variables) };
    return (await context.runChild(command, args, { env })).status;
  } finally {
    ended.abort();
    await keeping;
  }
}

/** Messages while the command runs: the session ends, or was not renewed. */
function endNotices(options: OciOptions, { program, stderr }: Context) {
  const say = (text: string) => stderr.write(`${program}: ${text}\n`);
  const again = ociLine(program, 'refresh', 'profile', options);
  return {
    onFailure: (error: unknown) => say(`the session was not renewed: ${describeError(error)}; try again: ${again}`),
    onEndNear: (end: number) =>
      say(`the session ends at ${formatInstant(end)}; log in again before: ${ociLogin(program, options)}`),
    onEnd: (end: number) =>
      say(`the session ended at ${formatInstant(end)}; log in again: ${ociLogin(program, options)}`),
  };
}

export const sessionExecCommand = defineOciCommand<SessionExecOptions>({
  builder: (list) =>
    withStoreOption(withOciOptions(list)).option('min-valid', {
      type: 'string',
      describe: 'Fail unless the token is valid this long (default 15m)',
    }),
  run: runSessionExec,
  help: {
    description:
      'Runs a command with OCI_CLI_PROFILE and OCI_CLI_AUTH set (and OCI_CLI_CONFIG_FILE if the config file is not the default). Refreshes the token before and while the command runs, so that commands that read the token file again, such as Terraform, do not fail after an hour. Warns half an hour before the session ends; after a login in another terminal it continues with the new session. Signals and the exit status are passed on.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [
      ['$0 --profile TokenDemo -- terraform apply', 'a run of any length within the session'],
      ['$0 --profile TokenDemo --min-valid 30m -- ./upload.sh', 'begin with half an hour at least'],
    ],
    statuses: ['any', 2, 3, 4, 10, 126, 127],
  },
});
