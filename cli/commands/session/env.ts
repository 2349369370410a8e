import { join } from 'node:path';
import type { ShellSyntax } from '../../../lib/shell/syntax.js';
import { defineCommand } from '../../line/command.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci.js';
import { readChosenSession } from '../../options/oci-session.js';
import { renderForShell, withShellOption } from '../../output/assignment.js';
import type { World } from '../../world/world.js';

export interface EnvOptions extends OciOptions {
  readonly shell?: ShellSyntax;
}

/** Prints the variables by which Oracle's CLI, and what is built on it, uses a session without further flags. */
export async function runEnv(options: EnvOptions, world: World): Promise<number> {
  const { env, home } = world;
  const { name, configFile } = await readChosenSession(options, world);
  // Where the shell has the variable set to another file, saying nothing would leave that in force.
  const isDefault = configFile === join(home, '.oci', 'config') && !env.OCI_CLI_CONFIG_FILE;
  world.stdout.write(
    renderForShell(options, [
      { name: 'OCI_CLI_PROFILE', value: name },
      { name: 'OCI_CLI_AUTH', value: 'security_token' },
      ...(isDefault ? [] : [{ name: 'OCI_CLI_CONFIG_FILE', value: configFile }]),
    ]),
  );
  return 0;
}

export const sessionEnvCommand = defineCommand<EnvOptions>({
  builder: (parser) => withShellOption(withOciOptions(parser)),
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
