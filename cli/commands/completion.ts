import { defineCommand } from '../line/command.js';
import { type GeneralOptions, withGeneralOptions } from '../options/general.js';
import type { World } from '../world/world.js';

export interface CompletionOptions extends GeneralOptions {
  readonly shell?: string;
}

const SHELLS = ['bash', 'zsh', 'fish'];

/** Prints a script that completes our command lines in a shell, by itself: it asks neither this program nor a service. */
export async function runCompletion(options: CompletionOptions, world: World): Promise<number> {
  const generate = await generatorFor(options.shell ?? '');
  const { describeCommands } = await import('../completion/shapes.js');
  // Loaded here, because the table holds this command too.
  const { COMMANDS } = await import('./index.js');
  world.stdout.write(generate(await describeCommands(COMMANDS)));
  return 0;
}

async function generatorFor(shell: string) {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.js')).bashCompletion;
    case 'zsh':
      return (await import('../completion/zsh.js')).zshCompletion;
    default:
      return (await import('../completion/fish.js')).fishCompletion;
  }
}

export const completionCommand = defineCommand<CompletionOptions>({
  builder: (parser) =>
    withGeneralOptions(parser).positional('shell', {
      type: 'string',
      choices: SHELLS,
      describe: 'Shell to complete in',
    }),
  run: runCompletion,
  help: {
    description:
      'Prints a script that completes the commands, options, choices and file names of oracle-compute, and those of the oci lines that this package takes. The script is complete in itself: pressing TAB starts nothing, reads no session and asks no service. Make it again after an update.',
    environment: [],
    examples: [
      ['eval "$($0 bash)"', 'in ~/.bashrc'],
      ['source <($0 zsh)', 'in ~/.zshrc, after compinit'],
      ['$0 fish > ~/.config/fish/completions/oracle-compute.fish', 'once'],
    ],
    statuses: [
      [0, 'printed'],
      [2, 'no such shell'],
    ],
  },
});
