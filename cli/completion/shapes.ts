import type { Argv, Options, PositionalOptions } from 'yargs';
import type { CommandEntry, ProgramCommand } from '../command.js';

/** What may follow: words to choose from, a file, or something that nobody can guess. */
export type Offer = readonly string[] | 'file' | undefined;

export interface OptionShape {
  /** As typed: `--format`, `-f`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly offer: Offer;
  readonly description: string;
}

export interface CommandShape {
  /** The words that name it, then other ways to say them: `refresh_token`, `refresh-token`. */
  readonly lines: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionShape[];
  readonly arguments: readonly Offer[];
  /** True where another command line stands after `--`. */
  readonly takesRest: boolean;
}

const HELP: OptionShape = {
  names: ['--help', '-h'],
  takesValue: false,
  offer: undefined,
  description: 'Show this help',
};

const VERSION: OptionShape = {
  names: ['--version'],
  takesValue: false,
  offer: undefined,
  description: 'Show the version',
};

/** Options whose value is the name of a file, by how such options are called. */
const NAMES_A_FILE = /^(?:pass|.*-(?:file|bundle|archive|path|location))$/;

/**
 * What completion has to know of each command, from the same table and the same builders that read a line. The last
 * one is no command, but what may stand before any: its line is empty.
 */
export async function describeCommands(entries: readonly CommandEntry[]): Promise<CommandShape[]> {
  const commands = await describeEach(entries);
  return [...commands, { lines: [''], summary: '', options: optionsOfAll(commands), arguments: [], takesRest: false }];
}

function optionsOfAll(commands: readonly CommandShape[]): OptionShape[] {
  const has = (command: CommandShape, option: OptionShape) =>
    command.options.some((other) => JSON.stringify(other) === JSON.stringify(option));
  const shared = commands[0]?.options.filter((option) => commands.every((command) => has(command, option))) ?? [];
  return [...shared, VERSION];
}

function describeEach(entries: readonly CommandEntry[]): Promise<CommandShape[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const command = await entry.load();
      const { options, positionals } = record(command);
      return {
        lines: [entry.path.join(' '), ...(entry.aliases ?? [])],
        summary: entry.summary,
        options: [...options.map(([name, settings]) => optionShape(name, settings, command)), HELP],
        arguments: argumentNames(command).map((name) => offerFor(name, positionals.get(name), command)),
        takesRest: command.takesRest === true,
      };
    }),
  );
}

interface Recorded {
  readonly options: readonly (readonly [name: string, settings: Options])[];
  readonly positionals: ReadonlyMap<string, PositionalOptions>;
}

/** Lets a command describe its line to a parser that only listens. */
function record(command: ProgramCommand<unknown>): Recorded {
  const options: [string, Options][] = [];
  const positionals = new Map<string, PositionalOptions>();
  const listener: object = new Proxy(
    {},
    {
      get: (_, method) => (name: string, settings: Options & PositionalOptions) => {
        if (method === 'option') options.push([name, settings]);
        if (method === 'positional') positionals.set(name, settings);
        return listener;
      },
    },
  );
  command.builder(listener as Argv);
  return { options: options.filter(([, settings]) => settings.hidden !== true), positionals };
}

function optionShape(name: string, settings: Options, command: ProgramCommand<unknown>): OptionShape {
  const takesValue = settings.type !== 'boolean';
  const aliases = [settings.alias ?? []].flat();
  return {
    names: [name, ...aliases].map((one) => (one.length === 1 ? `-${one}` : `--${one}`)),
    takesValue,
    offer: takesValue ? offerFor(name, settings, command) : undefined,
    description: settings.describe ?? '',
  };
}

function offerFor(
  name: string,
  settings: { readonly choices?: Options['choices'] } | undefined,
  command: ProgramCommand<unknown>,
): Offer {
  const offered = command.offers?.[name] ?? settings?.choices?.map(String);
  return offered ?? (NAMES_A_FILE.test(name) ? 'file' : undefined);
}

/** The names in `<method> [path]`, in their order. */
function argumentNames(command: ProgramCommand<unknown>): string[] {
  return [...command.positionals.matchAll(/[<[]([\w-]+)/g)].map(([, name]) => name ?? '');
}
