import type { Context } from '../context/context.js';
import type { CommandEntry, CommandModule } from '../line/command.js';
import { withGeneralOptions } from '../options/general.js';
import { withOciOptions } from '../options/oci/options.js';
import { type Edition, HELP_OPTION, pageName } from './command-page.js';
import { ALL_FILES } from './files.js';
import { listOptions } from './listed-options.js';
import { bold, heading, italic, nameSection, plain, sentence, tagged, titleLine } from './roff.js';
import { exampleSection, optionSection, seeAlsoSection, tableSection } from './sections.js';

interface ProgramText {
  readonly summary: string;
  readonly paragraphs: readonly string[];
  readonly examples: ReadonlyArray<readonly [line: string, meaning: string]>;
}

const TEXTS: Readonly<Record<Context['program'], ProgramText>> = {
  'oracle-compute': {
    summary: 'log in to Oracle Compute and Oracle Cloud Infrastructure, and stay logged in',
    paragraphs: [
      'Both clouds hand out a short-lived token inside a longer session. This program gets the token, keeps it where only its owner can read it, hands it to a shell in exactly the quotes that the shell needs, and renews it for as long as the session allows. A token of Oracle Compute lives 30 minutes and its session 3 hours; a token of Oracle Cloud Infrastructure (OCI) lives 1 hour and its session 24 hours.',
      'Standard output has the value that was asked for and nothing else; all that is said to people goes to standard error. When a command fails whose output is for eval, it prints the word false, so that the eval fails as well.',
      'Each value is looked for on the command line, then in the environment, then in the profile file. Where a variable OPC_NAME is unset, its older names OPC_COMPUTE_NAME and ORACLE_COMPUTE_NAME are read.',
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
      'Every other line is delegated, unchanged and with its exit status, to the next program of the name oci on the PATH.',
      'Names of options may also be written with one dash, as Oracle’s documentation has them: -config-file.',
    ],
    examples: [
      ['$0 session authenticate', 'log in'],
      ['$0 session refresh --profile TokenDemo', 'make the token live longer'],
    ],
  },
};

const STATUSES = [
  [0, 'done'],
  [1, 'a fault of this program, or an operation that is not allowed'],
  [
    2,
    'wrong options or arguments; a password file that is missing or unsafe; no keychain or a locked one; a file or folder that cannot be read or written',
  ],
  [3, 'the service cannot be reached, or is in trouble: try again'],
  [4, 'a malformed user, address, duration or profile; a damaged file'],
  [5, 'the service’s answer is of no use: no token, a redirect, a refresh that extended nothing'],
  [7, 'the service’s answer cannot be read'],
  [9, 'the service refused the request'],
  [10, 'a login is needed: refused password, expired token, session over, no session'],
  [11, 'forbidden (HTTP 403)'],
  [12, 'not found (HTTP 404)'],
  [13, 'method not allowed (HTTP 405)'],
  [14, 'not acceptable (HTTP 406)'],
  [15, 'conflict (HTTP 409)'],
  [75, 'the session stayed locked by another process: try again'],
  [126, 'the command to run cannot be started'],
  [127, 'the command to run does not exist'],
  [129, 'hung up'],
  [130, 'interrupted'],
  [143, 'terminated'],
] as const;

const PROXY_VARIABLES = [
  ['HTTPS_PROXY, HTTP_PROXY', 'proxy to use, also in lower case'],
  ['NO_PROXY', 'hosts that are reached without it'],
] as const;

/** A command with what was loaded of it. */
export interface LoadedCommand {
  readonly entry: CommandEntry;
  readonly command: CommandModule<unknown>;
}

/** The manual page of a program as a whole. */
export function programPage(program: Context['program'], commands: readonly LoadedCommand[], edition: Edition): string {
  const { summary, paragraphs, examples } = TEXTS[program];
  return [
    titleLine(program, edition.date, `oracle-compute ${edition.version}`),
    nameSection(program, summary),
    heading('SYNOPSIS'),
    `${bold(program)} ${italic('command')} [${italic('option')}...] [${italic('argument')}...]\n`,
    heading('DESCRIPTION'),
    paragraphs.map((text) => `${plain(text)}\n`).join('.PP\n'),
    heading('COMMANDS'),
    ...commands.map(({ entry }) => tagged(bold(entry.path.join(' ')), sentence(entry.summary))),
    optionSection([...generalOptions(program), HELP_OPTION, VERSION_OPTION]),
    tableSection('EXIT STATUS', STATUSES),
    tableSection('ENVIRONMENT', [...variables(commands), ...PROXY_VARIABLES]),
    tableSection('FILES', program === 'oci' ? ALL_FILES.filter(([path]) => path.startsWith('~/.oci')) : ALL_FILES),
    exampleSection(examples, program),
    seeAlsoSection([
      ...commands.map(({ entry }) => pageName(program, entry)),
      program === 'oci' ? 'oracle-compute' : 'oci',
    ]),
  ].join('');
}

const VERSION_OPTION = { ...HELP_OPTION, name: 'version', aliases: [], meaning: 'Show the version' };

function generalOptions(program: Context['program']) {
  return listOptions((parser) => (program === 'oci' ? withOciOptions(parser) : withGeneralOptions(parser))).options;
}

/** The variables of all commands. What the first one says of a variable is good for all. */
function variables(commands: readonly LoadedCommand[]): ReadonlyArray<readonly [name: string, meaning: string]> {
  const found = new Map<string, string>();
  for (const { command } of commands) {
    for (const [name, meaning] of command.help.environment) if (!found.has(name)) found.set(name, meaning);
  }
  return [...found];
}
