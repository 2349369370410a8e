import { OracleComputeError } from '../../../lib/errors.js';
import { configFileOf, profileNameOf } from '../../../lib/oci/config/choose-profile.js';
import { readConfigText } from '../../../lib/oci/config/config-file.js';
import { sessionVariables } from '../../../lib/oci/session.js';
import { listSessions } from '../../../lib/oci/session-status.js';
import type { ShellSyntax } from '../../../lib/shell/syntax.js';
import type { Context } from '../../context/context.js';
import { readChosenSession } from '../../flags/oci/session.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { askUntil, canPrompt } from '../../flags/password.js';
import { printForShell, withShellOption } from '../../output/assignment.js';
import { printable } from '../../output/text.js';

export interface EnvOptions extends OciOptions {
  readonly shell?: ShellSyntax;
}

/** Prints the variables by which Oracle's CLI, and what is built on it, uses a session without further flags. */
export async function runEnv(options: EnvOptions, context: Context): Promise<number> {
  const session = await readChosenSession(await withAskedProfile(options, context), context);
  printForShell(options, sessionVariables(session, context), context);
  return 0;
}

/** Lists the sessions to choose from if nothing names a profile and the user can answer. */
async function withAskedProfile(options: EnvOptions, context: Context): Promise<EnvOptions> {
  if ((await profileNameOf(options, context)).source !== 'default' || !canPrompt(context)) return options;
  const { value: path } = await configFileOf(options, context);
  const config = await readConfigText(path);
  const sessions = config ? await listSessions(config, context.home, context.clock.now()) : [];
  if (sessions.length < 2) return options;
  for (const [index, { profile, state }] of sessions.entries()) {
    context.stderr.write(`${String(index + 1).padStart(3)}: ${printable(profile)} (${state})\n`);
  }
  return askUntil('Session (number or name): ', context, async (answer) => {
    const chosen = sessions[Number(answer) - 1] ?? sessions.find(({ profile }) => profile === answer);
    if (chosen) return { ...options, profile: chosen.profile };
    throw new OracleComputeError('PROFILE_NOT_FOUND', 'there is no such session in the list', {
      profile: answer,
      path,
    });
  });
}

export const sessionEnvCommand = defineOciCommand<EnvOptions>({
  builder: (list) => withShellOption(withOciOptions(list)),
  run: runEnv,
  help: {
    description:
      'Prints, for eval, the variables that make Oracle’s CLI and scripts around it use a session without further flags: OCI_CLI_PROFILE, OCI_CLI_AUTH, and OCI_CLI_CONFIG_FILE where the config file is not the usual one. None of them is a secret.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['eval "$($0 --profile TokenDemo)"', 'use this session from now on'],
      ['$0 --profile TokenDemo --shell fish | source', 'the same, in fish'],
    ],
    statuses: [
      [0, 'printed'],
      [4, 'there is no such session'],
    ],
  },
});
