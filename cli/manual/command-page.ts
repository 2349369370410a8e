import type { Context } from '../context/context.js';
import type { CommandEntry, CommandModule } from '../line/command.js';
import type { KnownOption } from '../line/known-options.js';
import { filesOf } from './files.js';
import { listOptions } from './listed-options.js';
import { bold, heading, italic, nameSection, plain, titleLine } from './roff.js';
import { argumentSection, exampleSection, optionSection, seeAlsoSection, tableSection } from './sections.js';

/** What the first line of every page says besides its name. */
export interface Edition {
  /** Of the program, as in package.json. */
  readonly version: string;
  /** Day of the version's release, YYYY-MM-DD; empty where it is not released yet. */
  readonly date: string;
}

/** The name of a command's page, as `man` is asked for it. */
export function pageName(program: Context['program'], { path }: Pick<CommandEntry, 'path'>): string {
  return [program, ...path].join('-');
}

/** `--help`, which no builder adds: every command has it. */
export const HELP_OPTION: KnownOption = {
  name: 'help',
  aliases: ['h'],
  takesValue: false,
  meaning: 'Show this help',
  choices: [],
  hidden: false,
};

/** The manual page of one command, from what `--help` is made of. */
export function commandPage(
  program: Context['program'],
  entry: CommandEntry,
  command: CommandModule<unknown>,
  edition: Edition,
): string {
  const name = pageName(program, entry);
  const line = [program, ...entry.path].join(' ');
  const { help, builder } = command;
  const listed = listOptions(builder);
  return [
    titleLine(name, edition.date, `oracle-compute ${edition.version}`),
    nameSection(name, entry.summary),
    heading('SYNOPSIS'),
    `${synopsis(line, entry)}\n`,
    ...(entry.aliases ?? []).map((alias) => `.br\n${synopsis(`${program} ${alias}`, entry)}\n`),
    heading('DESCRIPTION'),
    `${plain(help.description)}\n`,
    argumentSection(listed.positionals),
    optionSection([...listed.options, HELP_OPTION]),
    tableSection('EXIT STATUS', help.statuses),
    tableSection('ENVIRONMENT', help.environment),
    tableSection('FILES', filesOf(listed.options)),
    exampleSection(help.examples, line),
    seeAlsoSection([program]),
  ].join('');
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
