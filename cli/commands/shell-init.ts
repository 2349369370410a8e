import { isOracleComputeError } from '../../lib/errors.js';
import { sessionStatus } from '../../lib/index.js';
import type { PromptState } from '../completion/shell-init.js';
import type { Context } from '../context/context.js';
import { type GeneralOptions, withGeneralOptions } from '../flags/general.js';
import { printExactly } from '../output/assignment.js';
import { printable } from '../output/text.js';
import type { CommandModule } from '../parser/command.js';
import { readSelection } from '../settings/compute.js';

export interface ShellInitOptions extends GeneralOptions {
  readonly shell?: string;
  readonly remove?: boolean;
}

/** Prints the script that makes a shell know this program: completion, a function, and a part of a prompt. */
export async function runShellInit({ shell, remove }: ShellInitOptions, context: Context): Promise<number> {
  const { bashInit, fishInit, REMOVE, zshInit } = await import('../completion/shell-init.js');
  const { self, clock } = context;
  const script = {
    bash: async () => bashInit(self, await promptState(context), Math.floor(clock.now() / 1000)),
    zsh: async () => zshInit(self, await promptState(context)),
    fish: async () => fishInit(self, await promptState(context)),
  };
  const name = shell as keyof typeof script;
  printExactly(remove ? REMOVE[name] : await script[name](), context);
  return 0;
}

/** What a prompt shows at first. A session that cannot be read shows nothing, and must not break a shell's start. */
async function promptState(context: Context): Promise<PromptState> {
  try {
    const { selection } = await readSelection({ quiet: true }, context);
    const unasked = { ...selection, store: undefined, chooseSession: undefined, onEarlierToken: undefined };
    const status = await sessionStatus(unasked);
    if (status?.valid) {
      const left = (instant: Date) => Math.floor((instant.getTime() - status.now.getTime()) / 1000);
      const user = printable(status.user.slice(status.user.lastIndexOf('/') + 1));
      return { user, token: left(status.tokenExpiresAt), session: left(status.sessionExpiresAt) };
    }
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
  }
  return { user: '', token: 0, session: 0 };
}

export const shellInitCommand: CommandModule<ShellInitOptions> = {
  builder: (list) =>
    withGeneralOptions(list)
      .positional('shell', { type: 'string', choices: ['bash', 'zsh', 'fish'], describe: 'Shell to prepare' })
      .option('remove', { type: 'boolean', describe: 'Print what takes it back in a running shell' }),
  run: runShellInit,
  help: {
    description:
      'Prints a script for the startup file of a shell. It completes oracle-compute and oci; it defines a function oracle-compute, so that auth, refresh_token and logout change the shell itself, without eval; and it keeps the variable ORACLE_COMPUTE_PROMPT, with user and time left, for a prompt. No process is started for a prompt unless the token is about to expire or OPC_COOKIE has changed. The function does nothing if stdout is not a terminal, or with --shell, --format and --help: scripts, pipes and eval work as without it.',
    environment: [],
    examples: [
      ['eval "$($0 bash)"', 'in ~/.bashrc'],
      ['eval "$($0 zsh)"', 'in ~/.zshrc, after compinit'],
      ['$0 fish | source', 'in ~/.config/fish/config.fish'],
      ['eval "$($0 bash --remove)"', 'take it back'],
    ],
    statuses: [0, 2],
  },
};
