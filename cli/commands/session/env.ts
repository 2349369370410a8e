import { OracleComputeError } from '../../../lib/errors.js';
import { chooseConfigFile, chooseProfileName, listSessions, OciSession } from '../../../lib/oci/index.js';
import type { ShellSyntax } from '../../../lib/shell/syntax.js';
import type { Context } from '../../context/context.js';
import { askUntil, canPrompt } from '../../context/conversation.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { printForShell, withShellOption } from '../../output/assignment.js';
import { printable } from '../../output/text.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface EnvOptions extends OciOptions {
  readonly shell?: ShellSyntax;
}

/** Prints the variables by which Oracle's CLI, and what is built on it, uses a session without further flags. */
export async function runEnv(options: EnvOptions, context: Context): Promise<number> {
  const session = new OciSession(sessionOptions(await withAskedProfile(options, context), context));
  printForShell(options, await session.variables(), context);
  return 0;
}

/** Lists the sessions to choose from if nothing names a profile and the user can answer. */
async function withAskedProfile(options: EnvOptions, context: Context): Promise<EnvOptions> {
  if (!canPrompt(context) || (await chooseProfileName(options, context)).source !== 'default') return options;
  const sessions = await listSessions(sessionOptions(options, context));
  if (sessions.length < 2) return options;
  for (const [index, { profile, state }] of sessions.entries()) {
    context.stderr.write(`${String(index + 1).padStart(3)}: ${printable(profile)} (${state})\n`);
  }
  return askUntil('Session (number or name): ', context, async (answer) => {
    const chosen = sessions[Number(answer) - 1] ?? sessions.find(({ profile }) => profile === answer);
    if (chosen) return { ...options, profile: chosen.profile };
    const path = chooseConfigFile(options, context).value;
    const fields = { profile: answer, path };
    throw new OracleComputeError('PROFILE_NOT_FOUND', 'there is no such session in the list', fields);
  });
}

export const sessionEnvCommand = defineOciCommand<EnvOptions>({
  builder: (list) => withShellOption(withOciOptions(list)),
  run: runEnv,
  help: {
    description:
      'Prints variables, for eval, so that Oracle’s CLI and scripts use a session without further options: OCI_CLI_PROFILE, OCI_CLI_AUTH, and OCI_CLI_CONFIG_FILE if the config file is not the default. None of them is a secret.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['eval "$($0 --profile TokenDemo)"', 'use this session from now on'],
      ['$0 --profile TokenDemo --shell fish | source', 'the same, in fish'],
    ],
    statuses: [0, 4],
  },
});
