import type { Argv, Options, PositionalOptions } from 'yargs';
import type { ProgramCommand } from '../command.js';

/** An option or argument of a command, as its builder describes it. */
export interface ListedOption {
  /** Without dashes. */
  readonly name: string;
  /** Short and other names, without dashes. */
  readonly aliases: readonly string[];
  readonly takesValue: boolean;
  readonly meaning: string;
  /** The only values that are accepted; empty where every value is. */
  readonly choices: readonly string[];
}

export interface ListedOptions {
  readonly arguments: readonly ListedOption[];
  readonly options: readonly ListedOption[];
  /** Options that are read but not shown. */
  readonly hidden: readonly ListedOption[];
}

/** What a command's line can have: the builder that tells yargs tells a list instead. */
export function listOptions(builder: ProgramCommand<unknown>['builder']): ListedOptions {
  const positionals: ListedOption[] = [];
  // A command may describe an option of its group in words of its own: the last ones count.
  const options = new Map<string, ListedOption & { readonly hidden: boolean }>();
  const parser = {
    option(name: string, description: Options) {
      options.set(name, { ...listedOption(name, description), hidden: description.hidden === true });
      return parser;
    },
    positional(name: string, description: PositionalOptions) {
      positionals.push(listedOption(name, description));
      return parser;
    },
  };
  // The stub has only what builders use; a builder that uses more fails here, instead of leaving something out.
  builder(parser as unknown as Argv);
  const listed = [...options.values()];
  return {
    arguments: positionals,
    options: listed.filter(({ hidden }) => !hidden),
    hidden: listed.filter(({ hidden }) => hidden),
  };
}

function listedOption(name: string, description: Options | PositionalOptions): ListedOption {
  const { alias, type, describe, desc, description: text, choices } = description;
  return {
    name,
    aliases: alias === undefined ? [] : [alias].flat(),
    takesValue: type !== 'boolean' && type !== 'count',
    meaning: describe || desc || text || '',
    choices: [choices ?? []].flat().map(String),
  };
}
