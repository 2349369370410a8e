import { parseDuration } from '../../lib/clock.js';
import type { ShellSyntax } from '../../lib/shell/syntax.js';
import type { Context } from '../context/context.js';
import { type ComputeOptions, SESSION_ENVIRONMENT, withComputeOptions } from '../flags/compute.js';
import { withStoreOptions } from '../flags/general.js';
import { COOKIE_VARIABLE, printForShell, withShellOption } from '../output/assignment.js';
import type { CommandModule } from '../parser/command.js';
import { openUsedSession } from '../settings/compute.js';

export interface EnvOptions extends ComputeOptions {
  readonly shell?: ShellSyntax;
  readonly minValid?: string;
}

/** Prints the variables by which a program uses the session: address, user and a token that lives long enough. */
export async function runEnv(options: EnvOptions, context: Context): Promise<number> {
  const minValid = options.minValid === undefined ? undefined : parseDuration(options.minValid);
  const { session } = await openUsedSession(options, context);
  const { token, endpoint, user } = await session.lasting(minValid);
  const assignments = [
    { name: 'OPC_API', value: endpoint },
    ...(user === '' ? [] : [{ name: 'OPC_USER', value: user }]),
    { name: COOKIE_VARIABLE, value: token },
  ];
  printForShell(options, assignments, context);
  return 0;
}

export const envCommand: CommandModule<EnvOptions> = {
  builder: (list) =>
    withShellOption(withStoreOptions(withComputeOptions(list))).option('min-valid', {
      type: 'string',
      describe: 'Refresh unless the token is valid this long (default 10m)',
    }),
  run: runEnv,
  help: {
    description:
      'Prints OPC_API, OPC_USER and OPC_COOKIE for a program that uses the session, for eval or for a file. Refreshes the token first if it expires too soon. The output is a secret: write it to a file that only its reader can read. --shell github is for $GITHUB_ENV (in Actions the token is masked in the log), systemd for EnvironmentFile=, docker for --env-file; --shell curl prints the cookie for curl -K -. A value that a format cannot hold is refused.',
    environment: SESSION_ENVIRONMENT,
    examples: [
      ['eval "$($0)"', 'for the programs that this shell starts'],
      ['(umask 077; $0 --shell docker > job.env); docker run --env-file job.env image', 'for a container'],
      ['$0 --shell github >> "$GITHUB_ENV"', 'for the next steps of a workflow'],
      ['$0 --shell curl | curl -K - "$OPC_API/instance/Compute-acme/"', 'without the token on a command line'],
    ],
    statuses: [0, 2, 3, 5, 10, 75],
  },
};
