import type { Options, PositionalOptions } from 'yargs';

type Flags = Readonly<Record<string, Options>>;

/** The options and arguments of a command, as data. yargs, help, manual pages and completion are fed from it. */
export class OptionList {
  constructor(
    readonly flags: Flags = {},
    readonly positionals: Readonly<Record<string, PositionalOptions>> = {},
  ) {}

  option(name: string, option: Options): OptionList {
    return this.options({ [name]: option });
  }

  options(flags: Flags): OptionList {
    return new OptionList({ ...this.flags, ...flags }, this.positionals);
  }

  positional(name: string, positional: PositionalOptions): OptionList {
    return new OptionList(this.flags, { ...this.positionals, [name]: positional });
  }
}

/** Options of this group are only named in the help; the manual page describes them. */
export const ALSO = 'Also';

/** Gives options a section of their own in the help. */
export function inGroup(group: string, flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, option]) => [name, { ...option, group }]));
}

/** The option that every line has. */
export const HELP_FLAG: Flags = { help: { alias: 'h', type: 'boolean', describe: 'Show this help' } };
/** The option of a line without a command. */
export const VERSION_FLAG: Flags = { version: { type: 'boolean', describe: 'Show the version' } };

/** An option or argument, as help, pages and completion show it. */
export interface KnownOption {
  /** Without dashes. */
  readonly name: string;
  /** Short and other names, without dashes. */
  readonly aliases: readonly string[];
  readonly takesValue: boolean;
  readonly meaning: string;
  /** The only values that are accepted; empty if every value is. */
  readonly choices: readonly string[];
  /** The heading of its section in the help. */
  readonly group: string | undefined;
  /** True for what is read, and not shown. */
  readonly hidden: boolean;
}

export interface KnownOptions {
  readonly options: readonly KnownOption[];
  readonly positionals: readonly KnownOption[];
}

/** The options and the arguments of a list, in the order in which they are described. */
export function knownOptions({ flags, positionals }: OptionList): KnownOptions {
  const known = ([name, option]: [string, Options | PositionalOptions]): KnownOption => ({
    name,
    aliases: aliasesOf(option),
    takesValue: option.type !== 'boolean',
    meaning: option.describe ?? '',
    choices: (option.choices ?? []).map(String),
    group: 'group' in option ? option.group : undefined,
    hidden: 'hidden' in option && option.hidden === true,
  });
  return { options: Object.entries(flags).map(known), positionals: Object.entries(positionals).map(known) };
}

/** The names of what a list has, each under all its spellings, if `is` holds for it. */
export function namesOf(
  { flags, positionals }: OptionList,
  is: (option: Options) => boolean = () => true,
): readonly string[] {
  return Object.entries<Options>({ ...flags, ...(positionals as Flags) }).flatMap(([name, option]) =>
    is(option) ? [name, ...aliasesOf(option)] : [],
  );
}

export const isText = ({ type, string }: Options) => type === 'string' || string === true;
export const isList = ({ type, array }: Options) => type === 'array' || array === true;

function aliasesOf({ alias = [] }: Options | PositionalOptions): readonly string[] {
  return [alias].flat();
}
