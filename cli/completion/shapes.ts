import { knownRegions } from '../../lib/oci/client/regions.js';
import type { CommandEntry } from '../line/command.js';
import { type ListedOption, listOptions } from '../manual/listed-options.js';

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
  /** Options that are read and not shown, but take the next word as their value. */
  readonly hiddenValues: readonly string[];
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

/** Options whose value is the name of a file, by how such options are called. */
const NAMES_A_FILE = /^(?:pass|passwordfile|.*-(?:file|bundle|archive|path|location))$/;

/** What completion has to know of each command, from the same table and the same builders that read a line. */
export function describeCommands(entries: readonly CommandEntry[]): Promise<CommandShape[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const command = await entry.load();
      const listed = listOptions(command.builder);
      const choicesOf = (name: string) => listed.arguments.find((argument) => argument.name === name)?.choices ?? [];
      return {
        lines: [entry.path.join(' '), ...(entry.aliases ?? [])],
        summary: entry.summary,
        options: [...listed.options.map((option) => optionShape(option)), HELP],
        hiddenValues: dashed(listed.hidden.filter(({ takesValue }) => takesValue).map(({ name }) => name)),
        arguments: argumentNames(entry).map((name) => offerFor({ name, choices: choicesOf(name) })),
        takesRest: entry.takesRest === true,
      };
    }),
  );
}

function optionShape(listed: ListedOption): OptionShape {
  const { name, aliases, takesValue, meaning } = listed;
  return {
    names: dashed([name, ...aliases]),
    takesValue,
    offer: takesValue ? offerFor(listed) : undefined,
    description: meaning,
  };
}

function dashed(names: readonly string[]): string[] {
  return names.map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
}

function offerFor({ name, choices }: Pick<ListedOption, 'name' | 'choices'>): Offer {
  if (choices.length > 0) return choices;
  if (name === 'region') return knownRegions().map(({ id }) => id);
  return NAMES_A_FILE.test(name) ? 'file' : undefined;
}

/** The names in `<method> [path]`, in their order. */
function argumentNames({ positionals = '' }: CommandEntry): string[] {
  return [...positionals.matchAll(/[<[]([\w-]+)/g)].map(([, name]) => name ?? '');
}
