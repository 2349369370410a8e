import { commandsOf } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { describeStatuses } from '../errors/catalog.js';
import { withGeneralOptions } from '../flags/general.js';
import { withOciOptions } from '../flags/oci.js';
import type { CommandEntry, CommandModule } from '../parser/command.js';
import { type KnownOption, type KnownOptions, knownOptions, OptionList } from '../parser/known-options.js';
import {
  argumentSection,
  bold,
  exampleSection,
  heading,
  italic,
  nameSection,
  optionSection,
  plain,
  type Rows,
  seeAlsoSection,
  sentence,
  tableSection,
  tagged,
  titleLine,
} from './roff.js';

const TEXTS = {
  'oracle-compute': {
    summary: 'log in to Oracle Compute and Oracle Cloud Infrastructure, and stay logged in',
    paragraphs: [
      'Both clouds issue a short-lived token inside a longer session. This program gets the token, stores it in a file that only its owner can read, prints it in the quotes that the shell needs, and renews it until the session ends. A token of Oracle Compute lives 30 minutes and its session 3 hours; a token of Oracle Cloud Infrastructure (OCI) lives 1 hour and its session 24 hours.',
      'Standard output has the requested value only; all messages go to standard error. If a command whose output is for eval fails, it prints the word false, so that the eval fails as well.',
      'Each value comes from the command line, else from the environment, else from the profile file. If a variable OPC_NAME is unset, its older names OPC_COMPUTE_NAME and ORACLE_COMPUTE_NAME are read.',
    ],
    examples: [
      ['eval "$($0 auth /Compute-acme/jack.jones@example.com ~/.opc/password)"', 'log in'],
      ['eval "$($0 refresh_token)"', 'make the token live 30 more minutes'],
    ],
  },
  oci: {
    summary: 'keep a token session of Oracle Cloud Infrastructure',
    paragraphs: [
      'Logs in to Oracle Cloud Infrastructure (OCI) through a browser, and keeps the session: the commands, flags and files are those of Oracle’s own oci program, so a session made here works in Oracle’s command line and SDKs, and theirs works here. A token lives 1 hour, a session 24 hours.',
      'Every other command is delegated, unchanged and with its exit status, to the next program named oci on the PATH.',
      'Names of options may also have one dash, as in Oracle’s documentation: -config-file.',
    ],
    examples: [
      ['$0 session authenticate', 'log in'],
      ['$0 session refresh --profile TokenDemo', 'make the token live longer'],
    ],
  },
} as const;

const STATUSES = describeStatuses([0, 1, 2, 3, 4, 5, 7, 9, 10, '11-15', 75, 126, 127, 129, 130, 143]);

const PROXY_VARIABLES: Rows = [
  ['HTTPS_PROXY, HTTP_PROXY', 'proxy to use, also in lower case'],
  ['NO_PROXY', 'hosts that are reached without it'],
];

const COMPUTE_FILES: Rows = [
  ['~/.opc/profiles/default', 'profile: address, user and password file if neither options nor variables give them'],
  ['~/.opc/profiles/NAME', 'another profile, for --profile NAME'],
  ['~/.opc/cookies/', 'cookies files: one for each session, readable by its owner only'],
];

const OCI_FILES: Rows = [
  ['~/.oci/config', 'config file of Oracle’s clients: one profile for each session'],
  ['~/.oci/oci_cli_rc', 'defaults of Oracle’s CLI: profile, region, endpoint, authorities, output'],
  ['~/.oci/sessions/', 'token and key of each session, readable by its owner only'],
];

/** `--help` and `--version`, which no builder adds. */
const HELP_OPTION: KnownOption = {
  name: 'help',
  aliases: ['h'],
  takesValue: false,
  meaning: 'Show this help',
  choices: [],
  group: undefined,
  hidden: false,
};
const VERSION_OPTION: KnownOption = { ...HELP_OPTION, name: 'version', aliases: [], meaning: 'Show the version' };

interface ManualPage {
  /** The file's name: `oracle-compute-auth.1`. */
  readonly file: string;
  /** In the notation of roff, with the macros of man(7). */
  readonly text: string;
}

/** What the first line of every page has besides its name. */
interface Edition {
  /** Of the program, as in package.json. */
  readonly version: string;
  /** Day of the version's release, YYYY-MM-DD; empty if it is not released yet. */
  readonly date: string;
}

interface LoadedCommand {
  readonly entry: CommandEntry;
  readonly command: CommandModule<unknown>;
}

/** Every manual page: one for each program, and one for each of its commands. */
export async function manualPages(edition: Edition): Promise<readonly ManualPage[]> {
  return [...(await pagesOf('oracle-compute', edition)), ...(await pagesOf('oci', edition))];
}

async function pagesOf(program: Context['program'], edition: Edition): Promise<ManualPage[]> {
  const commands = await Promise.all(
    commandsOf(program).map(async (entry) => ({ entry, command: await entry.load() })),
  );
  return [
    { file: `${program}.1`, text: programPage(program, commands, edition) },
    ...commands.map((loaded) => ({
      file: `${pageName(program, loaded.entry)}.1`,
      text: commandPage(program, loaded, edition),
    })),
  ];
}

/** The manual page of a program as a whole. */
function programPage(program: Context['program'], commands: readonly LoadedCommand[], edition: Edition): string {
  const { summary, paragraphs, examples } = TEXTS[program];
  const isOci = program === 'oci';
  const { options } = listOptions((parser) => (isOci ? withOciOptions(parser) : withGeneralOptions(parser)));
  return [
    titleLine(program, edition.date, `oracle-compute ${edition.version}`),
    nameSection(program, summary),
    heading('SYNOPSIS'),
    `${bold(program)} ${italic('command')} [${italic('option')}...] [${italic('argument')}...]\n`,
    heading('DESCRIPTION'),
    paragraphs.map((text) => `${plain(text)}\n`).join('.PP\n'),
    heading('COMMANDS'),
    ...commands.map(({ entry }) => tagged(bold(entry.path.join(' ')), sentence(entry.summary))),
    optionSection([...options, HELP_OPTION, VERSION_OPTION]),
    tableSection('EXIT STATUS', STATUSES),
    tableSection('ENVIRONMENT', [...variablesOf(commands), ...PROXY_VARIABLES]),
    tableSection('FILES', isOci ? OCI_FILES : [...COMPUTE_FILES, ...OCI_FILES]),
    exampleSection(examples, program),
    seeAlsoSection([...commands.map(({ entry }) => pageName(program, entry)), isOci ? 'oracle-compute' : 'oci']),
  ].join('');
}

/** The manual page of one command, from the same parts as its `--help`. */
function commandPage(program: Context['program'], { entry, command }: LoadedCommand, edition: Edition): string {
  const name = pageName(program, entry);
  const line = [program, ...entry.path].join(' ');
  const { help, builder } = command;
  const { options, positionals } = listOptions(builder);
  return [
    titleLine(name, edition.date, `oracle-compute ${edition.version}`),
    nameSection(name, entry.summary),
    heading('SYNOPSIS'),
    `${synopsis(line, entry)}\n`,
    ...(entry.aliases ?? []).map((alias) => `.br\n${synopsis(`${program} ${alias}`, entry)}\n`),
    heading('DESCRIPTION'),
    `${plain(help.description)}\n`,
    argumentSection(positionals),
    optionSection([...options, HELP_OPTION]),
    tableSection('EXIT STATUS', describeStatuses(help.statuses)),
    tableSection('ENVIRONMENT', help.environment),
    tableSection('FILES', filesOf(options)),
    exampleSection(help.examples, line),
    seeAlsoSection([program]),
  ].join('');
}

/** The name of a command's page, for `man`. */
function pageName(program: Context['program'], { path }: CommandEntry): string {
  return [program, ...path].join('-');
}

function listOptions(builder: CommandModule<unknown>['builder']): KnownOptions {
  const { options, positionals } = knownOptions(builder(new OptionList()));
  return { options: options.filter(({ hidden }) => !hidden), positionals };
}

/** The variables of all commands, each with the meaning that the first command gives it. */
function variablesOf(commands: readonly LoadedCommand[]): Rows {
  const found = new Map<string, string>();
  for (const { command } of commands) {
    for (const [name, meaning] of command.help.environment) if (!found.has(name)) found.set(name, meaning);
  }
  return [...found];
}

/** The files that a command uses unless an option of it names another one. */
function filesOf(options: readonly KnownOption[]): Rows {
  const has = (wanted: string) => options.some(({ name }) => name === wanted);
  return [...(has('cookie-file') ? COMPUTE_FILES : []), ...(has('config-file') ? OCI_FILES : [])];
}

function synopsis(line: string, { positionals = '', takesRest }: CommandEntry): string {
  const words = positionals
    .split(' ')
    .filter(Boolean)
    .map((word) => word.replace(/[\w-]+/, (name) => `\0${name}\0`))
    .map((word) => word.split('\0'))
    .map(
      ([before = '', name = '', after = '']) =>
        plain(before.replace('<', '')) + italic(name) + plain(after.replace('>', '')),
    );
  const rest = takesRest ? [bold('--'), italic('command'), `[${italic('argument')}...]`] : [];
  return [bold(line), `[${italic('option')}...]`, ...words, ...rest].join(' ');
}
