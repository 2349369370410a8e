import yargs from 'yargs';
import type { CommandModule } from '../line/command.js';
import { type KnownOptions, knownOptions } from '../line/known-options.js';

/** What a command's line can have, as its page shows it. */
export function listOptions(builder: CommandModule<unknown>['builder']): KnownOptions {
  const { options, positionals } = knownOptions(builder(yargs([]).help(false).version(false)));
  return { options: options.filter(({ hidden }) => !hidden), positionals };
}
