import type { Options, PositionalOptions } from 'yargs';
import type { CommandModule } from '../line/command.js';
import { describeOptions } from '../line/described-options.js';

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

/** What a command's line can have. */
export function listOptions(builder: CommandModule<unknown>['builder']): ListedOptions {
  const { options, positionals } = describeOptions(builder);
  const list = (isHidden: boolean) =>
    [...options]
      .filter(([, { hidden }]) => (hidden === true) === isHidden)
      .map(([name, description]) => listedOption(name, description));
  return {
    arguments: [...positionals].map(([name, description]) => listedOption(name, description)),
    options: list(false),
    hidden: list(true),
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
