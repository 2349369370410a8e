import type { Context } from '../context/context.js';
import { type GeneralOptions, withGeneralOptions } from '../flags/general.js';
import { printExactly } from '../output/assignment.js';
import type { CommandModule } from '../parser/command.js';

export interface CompletionOptions extends GeneralOptions {
  readonly shell?: string;
}

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];

/** Prints a script that completes our command lines in a shell, by asking this program at each TAB. */
export async function runCompletion({ shell }: CompletionOptions, context: Context): Promise<number> {
  printExactly(await scriptFor(shell, context.self), context);
  return 0;
}

async function scriptFor(shell: string | undefined, self: Context['self']): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../completion/scripts.js')).bashCompletion(self);
    case 'zsh':
      return (await import('../completion/scripts.js')).zshCompletion(self);
    case 'powershell':
      return (await import('../completion/scripts.js')).powershellCompletion(self);
    default:
      return (await import('../completion/scripts.js')).fishCompletion(self);
  }
}

export const completionCommand: CommandModule<CompletionOptions> = {
  builder: (list) =>
    withGeneralOptions(list).positional('shell', {
      type: 'string',
      choices: SHELLS,
      describe: 'Shell to complete in',
    }),
  run: runCompletion,
  help: {
    description:
      'Prints a completion script for oracle-compute and for the oci commands of this program: commands, options, values, users, profiles and file names. At each TAB the script runs this program, which sends no request.',
    environment: [],
    examples: [
      ['eval "$($0 bash)"', 'in ~/.bashrc'],
      ['source <($0 zsh)', 'in ~/.zshrc, after compinit'],
      ['$0 fish > ~/.config/fish/completions/oracle-compute.fish', 'once'],
      ['$0 powershell | Out-String | Invoke-Expression', 'in $PROFILE'],
    ],
    statuses: [0, 2],
  },
};
