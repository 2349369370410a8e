import { GROUPS } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { describeStatuses } from '../errors/catalog.js';
import { forPlatform } from '../errors/windows-words.js';
import { GENERAL_FLAGS } from '../flags/general.js';
import { OCI_FLAGS } from '../flags/oci.js';
import { wrap } from '../output/text.js';
import type { CommandEntry, CommandModule, Place } from './command.js';
import { ALSO, type KnownOption, knownOptions, OptionList } from './known-options.js';
import { describeLine } from './tree.js';

const WIDEST = 80;
/** Of an option with its value; the meaning of a longer one begins below it. */
const WIDEST_OPTION = 32;
const MOST_SENTENCES = 3;
const MOST_DESCRIPTION_LINES = 7;
const MOST_EXAMPLES = 2;

/** Options that commands share, and that most lines need. */
const OFTEN_NEEDED = ['address', 'user', 'pass', 'profile', 'config-file', 'quiet', 'help'];
const OF_ROWS = ['format', 'fields', 'no-header'];
const COMMON = { ...GENERAL_FLAGS, ...OCI_FLAGS };
const SHARED = new Set([...Object.keys(COMMON), ...OFTEN_NEEDED, ...['cookie-file', 'store', 'wait-session']]);

/** Commands whose result is rows. */
const SHOWS_ROWS = new Set([
  ...['list', 'get', 'discover', 'add', 'update', 'delete', 'start', 'stop', 'request', 'status', 'doctor'],
  ...['password status', 'store status', 'session list', 'iam region list'],
]);

/**
 * What `--help` shows of the command, or the group of commands, that a line names. The manual page has the rest.
 *
 * @param words the line without the word that asks for help
 * @returns undefined if the line names something that does not exist
 */
export async function helpPage(
  words: readonly string[],
  commands: readonly CommandEntry[],
  context: Context,
  onPlace: (place: Place) => void,
): Promise<string | undefined> {
  const { place, positionals } = await describeLine(words, commands, context, onPlace);
  const { path, entry, command } = place;
  if (!command && positionals.length > path.length) return undefined;
  const page = new Page(Math.min(WIDEST, context.stdout.columns ?? WIDEST));
  const name = [context.program, ...path].join(' ');
  if (entry && command) writeCommand(page, name, entry, command, context);
  else writeGroup(page, name, path, commands, context);
  return page.text;
}

function writeCommand(
  page: Page,
  name: string,
  entry: CommandEntry,
  { builder, help }: CommandModule<unknown>,
  { platform }: Context,
): void {
  const { options, positionals } = knownOptions(
    builder(new OptionList()).option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' }),
  );
  const shown = options.filter(({ hidden }) => !hidden);
  // A command that gives an option of all another meaning has it for itself.
  const isShared = ({ name: option, meaning }: KnownOption) =>
    SHARED.has(option) && (COMMON[option] === undefined || COMMON[option].describe === meaning);
  const needed = SHOWS_ROWS.has(entry.path.join(' ')) ? [...OFTEN_NEEDED, ...OF_ROWS] : OFTEN_NEEDED;
  const also = (option: KnownOption) => option.group === ALSO || (isShared(option) && !needed.includes(option.name));
  const own = shown.filter((option) => !isShared(option) && !also(option));
  const general = shown.filter((option) => isShared(option) && !also(option));
  const others = shown.filter(also);

  const rest = entry.takesRest ? ' -- command [argument...]' : '';
  page.paragraph(`Usage: ${name}${entry.positionals ? ` ${entry.positionals}` : ''} [options]${rest}`);
  page.sentences(help.description);
  page.table(
    'Arguments',
    positionals.map(({ name: argument, meaning, choices }) => [argument, withChoices(meaning, choices)]),
  );
  for (const group of new Set([undefined, ...own.map((option) => option.group)])) {
    page.table(group ?? 'Options', own.filter((option) => option.group === group).map(optionRow));
  }
  page.table('General options', general.map(optionRow));
  if (others.length > 0)
    page.names(
      `Also (see man ${name.replaceAll(' ', '-')}):`,
      others.map((option) => `--${option.name}`),
    );
  page.verbatim(
    'Examples',
    help.examples.slice(0, MOST_EXAMPLES).map(([line]) => forPlatform(line.replaceAll('$0', name), platform)),
  );
  page.table('Exit status', describeStatuses(help.statuses));
}

/** The commands of a group, or of the program. */
function writeGroup(
  page: Page,
  name: string,
  path: readonly string[],
  commands: readonly CommandEntry[],
  { program, platform }: Context,
): void {
  page.paragraph(`Usage: ${name} <command> [options]`);
  if (path.length === 0) page.sentences(program === 'oci' ? ABOUT_OCI : ABOUT);
  const below = commands.filter((entry) => path.every((word, at) => entry.path[at] === word));
  const rows = new Map<string, string>();
  for (const entry of below) {
    const words = entry.path.slice(0, path.length + 1);
    const isCommand = entry.path.length === words.length;
    rows.set(words.slice(path.length).join(' '), isCommand ? entry.summary : (GROUPS[words.join(' ')] ?? ''));
  }
  page.table('Commands', [...rows]);
  page.paragraph(
    `"${name} <command> --help" shows the options of a command${path.length === 0 ? ', "--version" the version' : ''}.`,
  );
  if (path.length > 0) return;
  const logIn =
    program === 'oci' ? 'oci session authenticate' : `eval "$(${program} auth /Compute-acme/jack.jones@example.com -)"`;
  page.verbatim('To log in', [forPlatform(logIn, platform)]);
}

const ABOUT =
  'Logs in to Oracle Compute Cloud Service and to Oracle Cloud Infrastructure (OCI), and stays logged in. It stores the token where only you can read it, prints it for your shell, and refreshes it until the session ends.';
const ABOUT_OCI =
  'Logs in to Oracle Cloud Infrastructure (OCI) through a browser, and stays logged in. Every other command is passed on to the next oci on the PATH, Oracle’s own.';

function optionRow({ name, aliases, takesValue, meaning, choices }: KnownOption): [string, string] {
  const letters = aliases.filter((alias) => alias.length === 1).map((letter) => `-${letter}`);
  return [
    `${[...letters, `--${name}`].join(', ')}${takesValue ? ` ${valueName(name)}` : ''}`,
    withChoices(meaning, choices),
  ];
}

function withChoices(meaning: string, choices: readonly string[]): string {
  return choices.length === 0 ? meaning : `${meaning}: ${choices.join(', ')}`;
}

const VALUE_NAMES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:pass|data)$|(?:file|bundle|archive|file-path)$/, 'FILE'],
  [/^(?:timeout|min-valid|warn-before|every|wait-session|wait)$/, 'TIME'],
  [/^(?:address|endpoint|store|.*-url)$/, 'URL'],
  [/(?:dir|location)$|^for$/, 'PATH'],
  [/^fields$/, 'NAMES'],
  [/^(?:field|filter)$/, 'NAME=VALUE'],
  [/-port$|-minutes$/, 'NUMBER'],
];

function valueName(option: string): string {
  return VALUE_NAMES.find(([pattern]) => pattern.test(option))?.[1] ?? 'NAME';
}

/** Text that grows by sections with an empty line between them. */
class Page {
  private readonly sections: string[] = [];

  constructor(private readonly width: number) {}

  get text(): string {
    return `${this.sections.join('\n\n')}\n`;
  }

  paragraph(text: string): void {
    this.sections.push(wrap(text, this.width).join('\n'));
  }

  /** The first sentences, as many as are read. */
  sentences(text: string): void {
    const all = text.split(/(?<=\.)\s+/);
    const lines = [...Array(MOST_SENTENCES - 1).keys()]
      .map((left) => wrap(all.slice(0, MOST_SENTENCES - left).join(' '), this.width))
      .find((each) => each.length <= MOST_DESCRIPTION_LINES);
    this.sections.push((lines ?? wrap(all.slice(0, 2).join(' '), this.width)).join('\n'));
  }

  table(title: string, rows: ReadonlyArray<readonly [left: string, right: string]>): void {
    if (rows.length === 0) return;
    const column = Math.min(WIDEST_OPTION, Math.max(...rows.map(([left]) => left.length))) + 4;
    const lines = rows.flatMap(([left, right]) => {
      const [first = '', ...more] = wrap(right, Math.max(20, this.width - column));
      const indented = more.map((line) => ' '.repeat(column) + line);
      const start = `  ${left}`;
      return start.length + 2 > column
        ? [start, ' '.repeat(column) + first, ...indented]
        : [start.padEnd(column) + first, ...indented];
    });
    this.sections.push([`${title}:`, ...lines].join('\n'));
  }

  names(title: string, names: readonly string[]): void {
    this.sections.push([title, ...wrap(names.join(' '), this.width - 2).map((line) => `  ${line}`)].join('\n'));
  }

  /** Lines that are there to be pasted. */
  verbatim(title: string, lines: readonly string[]): void {
    this.sections.push([`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n'));
  }
}
