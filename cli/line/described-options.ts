import type { Argv, Options, PositionalOptions } from 'yargs';
import type { CommandModule } from './command.js';

/** What a command's builder says to yargs, in the words of yargs. */
export interface DescribedOptions {
  /** By their names without dashes. */
  readonly options: ReadonlyMap<string, Options>;
  readonly positionals: ReadonlyMap<string, PositionalOptions>;
}

/** What a command's line can have: the builder that tells yargs tells us instead. */
export function describeOptions(builder: CommandModule<unknown>['builder']): DescribedOptions {
  const options = new Map<string, Options>();
  const positionals = new Map<string, PositionalOptions>();
  const parser = {
    // A command may describe an option of its group in words of its own: the last ones count.
    option(name: string, description: Options) {
      options.set(name, description);
      return parser;
    },
    positional(name: string, description: PositionalOptions) {
      positionals.set(name, description);
      return parser;
    },
  };
  // The stub has only what builders use; a builder that uses more fails here, instead of leaving something out.
  builder(parser as unknown as Argv);
  return { options, positionals };
}
