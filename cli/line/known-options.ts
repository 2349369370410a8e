/** An option or argument, as a builder has described it to yargs. */
export interface KnownOption {
  /** Without dashes. */
  readonly name: string;
  /** Short and other names, without dashes. */
  readonly aliases: readonly string[];
  readonly takesValue: boolean;
  readonly meaning: string;
  /** The only values that are accepted; empty where every value is. */
  readonly choices: readonly string[];
  /** True for what is read, and not shown. */
  readonly hidden: boolean;
}

export interface KnownOptions {
  readonly options: readonly KnownOption[];
  readonly positionals: readonly KnownOption[];
}

/** What yargs has been told. Its types leave these methods out. */
interface YargsInternals {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly alias: Readonly<Record<string, readonly string[]>>;
    readonly array: readonly string[];
    readonly boolean: readonly string[];
    readonly string: readonly string[];
    readonly choices: Readonly<Record<string, readonly string[]>>;
    readonly hiddenOptions: readonly string[];
  };
  getGroups(): Readonly<Record<string, readonly string[]>>;
  getInternalMethods(): {
    getUsageInstance(): {
      getDescriptions(): Readonly<Record<string, string | undefined>>;
      getPositionalGroupName(): string;
    };
  };
}

/** The names of options, each under all its spellings, by what they take. */
export function namesByType(parser: unknown) {
  return (parser as YargsInternals).getOptions();
}

/** The options and the arguments that a parser knows, in the order in which they were described. */
export function knownOptions(parser: unknown): KnownOptions {
  const { key, alias, boolean, choices, hiddenOptions } = namesByType(parser);
  const usage = (parser as YargsInternals).getInternalMethods().getUsageInstance();
  const descriptions = usage.getDescriptions();
  const positionals = (parser as YargsInternals).getGroups()[usage.getPositionalGroupName()] ?? [];
  const seen = new Set<string>();
  const known: KnownOption[] = [];
  for (const name of Object.keys(key)) {
    if (seen.has(name)) continue;
    const aliases = alias[name] ?? [];
    for (const spelling of [name, ...aliases]) seen.add(spelling);
    known.push({
      name,
      aliases,
      takesValue: !boolean.includes(name),
      meaning: descriptions[name] ?? '',
      choices: choices[name] ?? [],
      hidden: hiddenOptions.includes(name),
    });
  }
  return {
    options: known.filter(({ name }) => !positionals.includes(name)),
    positionals: known.filter(({ name }) => positionals.includes(name)),
  };
}
