import yargs, { type Argv, type Options } from 'yargs';
import { Parser } from 'yargs/helpers';
import { OracleComputeError } from '../../lib/errors.js';
import { commandsOf } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { GENERAL_FLAGS } from '../flags/general.js';
import { OCI_FLAGS } from '../flags/oci.js';
import { type CommandEntry, type CommandModule, OCI_GROUPS, type PassedWords, type Place } from './command.js';
import { HELP_FLAG, isList, isText, namesOf, OptionList, VERSION_FLAG } from './known-options.js';
import { takeParameters } from './parameters.js';
import { markFailures, NO_COMMAND } from './usage-error.js';
import { argsBeforeDashes, unshield } from './words.js';

type OnPlace = (place: Place) => void;
type Values = Record<string, unknown>;
/** yargs awaits a builder; its types say so only if the call has no other builder. */
type Build = (inner: Argv) => Argv;

/** A command with its options. */
export interface ParsedLine {
  readonly command: CommandModule<unknown>;
  readonly options: Values & PassedWords;
  readonly path: readonly string[];
}

/**
 * Reads a line with yargs: which command it names, and its options.
 *
 * @param onPlace gets how far the line was understood, even if the rest of it cannot be read
 * @throws what yargs throws; see `usageError`
 */
export async function parseWords(
  words: readonly string[],
  commands: readonly CommandEntry[],
  context: Context,
  onPlace: OnPlace,
): Promise<ParsedLine> {
  let line: ParsedLine | undefined;
  const onLine = (parsed: ParsedLine) => {
    line = parsed;
  };
  // Fails by itself if the line ends before it names a command.
  await commandTree(words, commands, context, { onPlace, onLine, lists: new Set() }).parseAsync();
  if (line) return line;
  throw new OracleComputeError('USAGE', 'no command given', {});
}

/**
 * The tree of all commands. A command's options are loaded when a line names it. It describes nothing: yargs composes a
 * help page for each line that it reads, which can take as long as the reading, and help-page.ts writes the one we show.
 */
function commandTree(
  words: readonly string[],
  commands: readonly CommandEntry[],
  context: Context,
  reading: Reading,
): Argv {
  const parser = markFailures(lineParser(words, context))
    .wrap(null)
    .exitProcess(false)
    .fail(false)
    .strictCommands()
    .strictOptions()
    .middleware((options) => readValues(options, reading.lists), true)
    .options(hidden(HELP_FLAG));
  const known = withSwitches(parser, { ...leadingFlags(commands), ...VERSION_FLAG });
  // Describes to yargs only the commands that a word of the line begins; all of them if no word begins one.
  const begun = commands.filter(({ path, aliases = [] }) =>
    [path[0], ...aliases].some((word) => words.includes(word ?? '')),
  );
  return addCommands(known, begun.length > 0 ? begun : commands, 0, reading);
}

/** What is known of a line without running it: for help and completion. */
interface DescribedLine {
  readonly place: Place;
  /** The words that are neither options nor their values. */
  readonly positionals: readonly string[];
  /** The options and arguments of the named command, or the options that may precede one. */
  readonly list: OptionList;
}

/** @param onPlace as of `parseWords` */
export async function describeLine(
  words: readonly string[],
  commands: readonly CommandEntry[],
  context: Context,
  onPlace: OnPlace = () => undefined,
): Promise<DescribedLine> {
  let place: Place = { path: [] };
  const reach = (reached: Place) => {
    place = reached;
    onPlace(reached);
  };
  const tree = commandTree(words, commands, context, { onPlace: reach, onLine: () => undefined, lists: new Set() });
  // Reads the line without running anything, and without failing.
  await tree.getHelp();
  const { command, path } = place;
  const leading = path.length === 0 ? { ...leadingFlags(commands), ...VERSION_FLAG } : leadingFlags(commands);
  const list = command ? command.builder(new OptionList()) : new OptionList(leading);
  const positionals = tree.parsed ? tree.parsed.argv._.map(String) : [];
  return { place, positionals, list: list.options(HELP_FLAG) };
}

/** A line that was read without its command, because none is known yet or the line is malformed. */
export interface LooseLine {
  /** The words that are neither options nor their values, as far as that can be seen. */
  readonly positionals: readonly string[];
  /** The last value of the option with one of these names, such as `f` and `format`. */
  value(...names: string[]): string | undefined;
  has(...names: string[]): boolean;
}

/** Reads the words before `--`. Only of the options that may precede a command it knows whether they take a value. */
export function readLoosely(argv: readonly string[], context: Context): LooseLine {
  const boolean = switchesIn(leadingFlags(commandsOf(context.program)));
  const options: Values = Parser(argsBeforeDashes(argv), { boolean, configuration: CONFIGURATION });
  const values = (name: string) => [options[name]].flat().filter((value) => typeof value === 'string');
  return {
    positionals: (options._ as string[]).map(String),
    value: (...names) => unshield(names.flatMap(values).at(-1)),
    has: (...names) => names.some((name) => options[name] !== undefined && options[name] !== false),
  };
}

function lineParser(words: readonly string[], context: Context): Argv {
  // yargs would look in this folder for its own configuration; the current folder may have been deleted.
  return yargs([...words], '/')
    .scriptName(context.program)
    .locale('en')
    .parserConfiguration(CONFIGURATION)
    .help(false)
    .version(false);
}

const CONFIGURATION = {
  'boolean-negation': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'populate--': true,
};

type Flags = Readonly<Record<string, Options>>;

/** Instead of what a command does. */
const NOT_DESCRIBED = false;

/** The options that all these commands share, which may precede the words that name one. */
function leadingFlags(commands: readonly CommandEntry[]): Flags {
  const areOfOci = commands.every(({ path }) => OCI_GROUPS.includes(path[0] ?? ''));
  return areOfOci ? { ...GENERAL_FLAGS, ...OCI_FLAGS } : GENERAL_FLAGS;
}

/** Tells yargs which of these options have no value. Each command says again which options it has. */
function withSwitches(parser: Argv, flags: Flags): Argv {
  const names = switchesIn(flags);
  const known = parser.boolean(names) as unknown as { global(names: readonly string[], isGlobal: boolean): Argv };
  return known.global(names, false);
}

function switchesIn(flags: Flags): string[] {
  const switches = Object.entries(flags).filter(([, { type }]) => type === 'boolean');
  return switches.flatMap(([name, { alias = [] }]) => [name, ...[alias].flat()]);
}

function hidden(flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, options]) => [name, { ...options, hidden: true }]));
}

/** What the levels of the tree have in common. */
interface Reading {
  readonly onPlace: OnPlace;
  /** Gets the command and its options once the whole line was read. */
  readonly onLine: (line: ParsedLine) => void;
  /** Gets the names of the command's options that may have several values. */
  readonly lists: Set<string>;
}

function addCommands(parser: Argv, commands: readonly CommandEntry[], depth: number, reading: Reading): Argv {
  for (const name of new Set(commands.map(({ path }) => path[depth] ?? ''))) {
    const below = commands.filter(({ path }) => path[depth] === name);
    const [first] = below;
    if (first?.path.length === depth + 1) addCommand(parser, first, reading);
    else if (first) addGroup(parser, first.path.slice(0, depth + 1), below, reading);
  }
  return parser.demandCommand(1, NO_COMMAND);
}

function addGroup(parser: Argv, path: readonly string[], commands: readonly CommandEntry[], reading: Reading): void {
  parser.command(path.at(-1) ?? '', NOT_DESCRIBED, (inner: Argv) => {
    reading.onPlace({ path });
    return addCommands(withSwitches(inner, leadingFlags(commands)), commands, path.length, reading);
  });
}

function addCommand(parser: Argv, entry: CommandEntry, { onPlace, onLine, lists }: Reading): void {
  const line = `${entry.path.at(-1)} ${entry.positionals ?? ''}`.trim();
  let command: CommandModule<unknown>;
  const build = async (inner: Argv) => {
    command = await entry.load();
    onPlace({ path: entry.path, entry, command });
    const list = command.builder(new OptionList());
    const own = [...namesOf(list), ...namesOf(new OptionList({ ...HELP_FLAG, ...VERSION_FLAG }))];
    for (const name of namesOf(list, isList)) lists.add(name);
    inner.options(hidden(list.flags));
    for (const [name, positional] of Object.entries(list.positionals)) inner.positional(name, positional);
    const { passing } = entry;
    if (passing) {
      const { switches = [], foreign = [] } = command;
      const setParameters = (options: Values) => {
        options.parameters = takeParameters(options, { own, switches, foreign, passing, usage: entry.path.join(' ') });
      };
      inner.strictOptions(false).boolean(switches).middleware(setParameters, true);
    }
    return inner.requiresArg(namesOf(list, isText));
  };
  const keep = ({ '--': rest, ...options }: Values) => {
    onLine({ command, options: { ...options, rest: (rest ?? []) as string[] }, path: entry.path });
  };
  parser.command([line, ...(entry.aliases ?? [])], NOT_DESCRIBED, build as unknown as Build, keep);
}

/** The last value of a repeated option counts. yargs can make lists of all repeated options or of none. */
function readValues(options: Values, lists: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === '--') continue;
    const isOne = Array.isArray(value) && name !== '_' && !lists.has(name);
    options[name] = unshield(isOne ? value.at(-1) : value);
  }
}
