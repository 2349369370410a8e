import yargs, { type Argv, type MiddlewareFunction } from 'yargs';
import { OracleComputeError } from '../../lib/errors.js';
import { GROUPS, OCI_GROUPS } from '../commands/index.js';
import { withGeneralOptions } from '../options/general.js';
import type { World } from '../world/world.js';
import type { CommandEntry, CommandModule, PassedWords, Place } from './command.js';
import { namesByType } from './known-options.js';
import { parametersAmong } from './parameters.js';
import { markFailures, NO_COMMAND } from './usage-error.js';
import { unshield } from './words.js';

type OnPlace = (place: Place) => void;
type Options = Record<string, unknown>;
/** yargs awaits a builder; its types say so only where no other builder is in the same call. */
type Build = (inner: Argv) => Argv;

/** A command with its options. Thrown to end the parsing: else yargs would render the help page after every line. */
export class ParsedLine {
  constructor(
    readonly command: CommandModule<unknown>,
    readonly options: Options & PassedWords,
  ) {}
}

/**
 * Reads a line with yargs: which command it names, and its options.
 *
 * @param onPlace is told how far the line was understood, even where the rest of it cannot be read
 * @throws what yargs throws; see `usageError`
 */
export async function parseWords(
  words: readonly string[],
  commands: readonly CommandEntry[],
  world: World,
  onPlace: OnPlace,
): Promise<ParsedLine> {
  try {
    // Throws by itself where the line ends before a command is loaded.
    await (await commandTree(words, commands, world, onPlace)).parseAsync();
  } catch (thrown) {
    if (thrown instanceof ParsedLine) return thrown;
    throw thrown;
  }
  throw new OracleComputeError('USAGE', 'no command was named', {});
}

/** The tree of all commands. A command's options are loaded when a line names it. */
export async function commandTree(
  words: readonly string[],
  commands: readonly CommandEntry[],
  world: World,
  onPlace: OnPlace,
): Promise<Argv> {
  const parser = markFailures(lineParser(words, world))
    .usage('$0 <command> [options]')
    .exitProcess(false)
    .fail(false)
    .strictCommands()
    .strictOptions()
    .recommendCommands()
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' })
    .option('version', { type: 'boolean', describe: 'Show the version' })
    .middleware(readValues as unknown as MiddlewareFunction, true);
  return addCommands(await leading(parser, commands), commands, 0, onPlace);
}

/** The words of a line, once it is parsed, that are neither options nor their values. */
export function spokenWords(parser: Argv): string[] {
  return parser.parsed ? parser.parsed.argv._.map(String) : [];
}

/** The words of a line that are neither options that may stand before a command nor their values. */
export async function argumentsOf(
  words: readonly string[],
  commands: readonly CommandEntry[],
  world: World,
): Promise<string[]> {
  const parser = await leading(lineParser(words, world), commands);
  await parser.parseAsync();
  return spokenWords(parser);
}

function lineParser(words: readonly string[], world: World): Argv {
  // The folder is where yargs would look for a configuration of its own; the current one may have been deleted.
  return yargs([...words], world.home)
    .scriptName(world.program)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .help(false)
    .version(false);
}

/**
 * The options that all of some commands have, which may stand before the words that name one of them: yargs has to know
 * which of them take no value. Each command says again which options it has.
 */
async function leading(parser: Argv, commands: readonly CommandEntry[]): Promise<Argv> {
  const areOfOci = commands.every(({ path }) => OCI_GROUPS.includes(path[0] ?? ''));
  const known = areOfOci ? (await import('../options/oci.js')).withOciOptions(parser) : withGeneralOptions(parser);
  const names = Object.keys(namesByType(known).key).filter((name) => name !== 'help' && name !== 'h');
  return (known as unknown as { global(names: readonly string[], isGlobal: boolean): Argv }).global(names, false);
}

function addCommands(parser: Argv, commands: readonly CommandEntry[], depth: number, onPlace: OnPlace): Argv {
  for (const name of new Set(commands.map(({ path }) => path[depth] ?? ''))) {
    const below = commands.filter(({ path }) => path[depth] === name);
    const [first] = below;
    if (first?.path.length === depth + 1) addCommand(parser, first, onPlace);
    else if (first) addGroup(parser, first.path.slice(0, depth + 1), below, onPlace);
  }
  return parser.demandCommand(1, NO_COMMAND);
}

function addGroup(parser: Argv, path: readonly string[], commands: readonly CommandEntry[], onPlace: OnPlace): void {
  const words = path.join(' ');
  const build = async (inner: Argv) => {
    onPlace({ path });
    const known = await leading(inner.usage(`$0 ${words} <command> [options]`), commands);
    return addCommands(known, commands, path.length, onPlace);
  };
  parser.command(path.at(-1) ?? '', GROUPS[words] ?? '', build as unknown as Build);
}

function addCommand(parser: Argv, entry: CommandEntry, onPlace: OnPlace): void {
  const line = `${entry.path.at(-1)} ${entry.positionals ?? ''}`.trim();
  let command: CommandModule<unknown>;
  let own: readonly string[] = [];
  const build = async (inner: Argv) => {
    command = await entry.load();
    onPlace({ path: entry.path, entry, command });
    const built = command.builder(inner) as Argv;
    const { key, alias, string } = namesByType(built);
    own = [...Object.keys(key), ...Object.values(alias).flat()];
    if (command.switches) built.strictOptions(false).boolean(command.switches);
    return built.requiresArg(string);
  };
  const keep = ({ '--': rest, ...options }: Options) => {
    const others = command.switches && { parameters: parametersAmong(options, own, entry.path.join(' ')) };
    throw new ParsedLine(command, { ...options, ...others, rest: (rest ?? []) as string[] });
  };
  parser.command([line, ...(entry.aliases ?? [])], entry.summary, build as unknown as Build, keep);
}

/** Of options that are given more than once the last one counts; yargs lets either all of them be lists, or none. */
function readValues(options: Options, parser: unknown): void {
  const lists = namesByType(parser).array;
  for (const [name, value] of Object.entries(options)) {
    if (name === '--') continue;
    const isOne = Array.isArray(value) && name !== '_' && !lists.includes(name);
    options[name] = unshield(isOne ? value.at(-1) : value);
  }
}
