import type { Argv } from 'yargs';
import { OracleComputeError } from '../../lib/errors.js';
import type { CommandEntry, Place } from './command.js';
import { namesOf, OptionList } from './known-options.js';
import { nearest, suggestCommand } from './suggest.js';

/** What yargs fails with, by its own texts. */
const FAILURES = {
  'Unknown argument: %s': 'unknown option',
  'Unknown command: %s': 'surplus words',
  'Not enough arguments following: %s': 'no value',
  'Not enough non-option arguments: got %s, need at least %s': 'few arguments',
  'Missing required argument: %s': 'no option',
  'Argument: %s, Given: %s, Choices: %s': 'other choice',
} as const;

/** Failures of lines that are written as for another program. */
const MISUNDERSTOOD: ReadonlySet<string> = new Set(['unknown option', 'surplus words', 'other choice']);

/** A letter outside the original's grammar, such as one of curl's. */
const OTHER_LETTER = /^-[^-dhqHafFpu\d]/;

/** Marks a failure and each of its values, in place of yargs's texts, so that no code has to read those texts. */
const MARK = '\0';

/** yargs fails with this if a line names no command. */
export const NO_COMMAND = `${MARK}no command`;

/** What was typed may be long. */
const LONGEST_SHOWN = 60;

export function markFailures(parser: Argv): Argv {
  const texts = Object.entries(FAILURES).map(([text, failure]) => {
    const values = text.match(/%s/g)?.map((value) => MARK + value) ?? [];
    const marked = MARK + failure + values.join('');
    // Some of the texts have a plural.
    return [text, /^(?:Did|Arg|.*following)/.test(text) ? marked : { one: marked, other: marked }];
  });
  return parser.updateStrings(Object.fromEntries(texts));
}

/**
 * Turns a failure of yargs into a USAGE error of one line. Returns anything else unchanged.
 *
 * @param commands those that the line could have named
 */
export function usageError(
  thrown: unknown,
  place: Place,
  words: readonly string[],
  commands: readonly CommandEntry[],
): unknown {
  const { path, command } = place;
  const [, failure, ...values] = thrown instanceof Error ? thrown.message.split(MARK) : [];
  if (failure === undefined) return thrown;
  const usage = path.length === 0 ? undefined : path.join(' ');
  const isOfAnother = MISUNDERSTOOD.has(failure) || words.some((word) => OTHER_LETTER.test(word));
  const instead = isOfAnother ? command?.instead?.replaceAll('$0', `$0 ${usage}`) : undefined;
  // Without its cause, which repeats what was typed.
  return new OracleComputeError('USAGE', describe(failure, values, place, commands), { usage, instead });
}

function describe(
  failure: string,
  values: readonly string[],
  { path, entry, command }: Place,
  commands: readonly CommandEntry[],
): string {
  const [first = '', given = '', choices = ''] = values;
  switch (failure) {
    case 'unknown option':
      return unknownOption(asTyped(first).replace('___proto___', '__proto__'), command);
    case 'surplus words':
      // Does not repeat an extra argument: it may be a password that was meant for a file.
      return entry ? 'too many arguments' : unknownCommand(first, path, commands);
    case 'no value':
      return `${dashed(first)} needs a value; one that begins with a dash is written ${dashed(first)}=…`;
    case 'few arguments':
      return missing(argumentNames(entry, '<').slice(Number(first)));
    case 'no option':
      return missing(first.split(', ').map(dashed));
    case 'other choice':
      return otherChoice(first, given, choices, entry);
    default:
      return 'no command given';
  }
}

function unknownOption(names: string, command: Place['command']): string {
  const [first = ''] = names.split(', ');
  const near = command && nearest(first, namesOf(command.builder(new OptionList())));
  return `unknown option ${shown(dashed(names))}${near === undefined ? '' : `; did you mean --${near}?`}`;
}

function unknownCommand(words: string, path: readonly string[], commands: readonly CommandEntry[]): string {
  const [word = ''] = words.split(', ');
  const below = commands.filter((entry) => path.every((each, index) => entry.path[index] === each));
  const known = below.flatMap((entry) => [entry.path[path.length] ?? '', ...(entry.aliases ?? [])]);
  const near = suggestCommand(word, path.length === 0 ? [...known, '--version'] : known);
  return `unknown command "${shown(word)}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function otherChoice(name: string, given: string, choices: string, entry: CommandEntry | undefined): string {
  const oneOf = `is one of ${choices.replaceAll('"', '')}`;
  const isArgument = argumentNames(entry, '').some((place) => place.slice(1, -1) === name);
  return isArgument ? `the ${name} ${oneOf}` : `${dashed(name)} cannot be ${shown(given)}; it ${oneOf}`;
}

function missing(names: readonly string[]): string {
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`;
}

/** `<method>`, `[path]`: the arguments of a command, those that must be given, or all of them. */
function argumentNames(entry: CommandEntry | undefined, start: string): string[] {
  return (entry?.positionals ?? '').split(' ').filter((place) => place.startsWith(start));
}

/** Names as they are typed: `-p`, `--pass`. */
function dashed(names: string): string {
  const typed = names.split(', ').map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
  return typed.join(', ');
}

/** yargs lists a name that has a dash in camel case, too. */
function asTyped(names: string): string {
  const all = names.split(', ');
  const inCamelCase = all
    .filter((name) => name.includes('-'))
    .map((name) => name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase()));
  return all.filter((name) => !inCamelCase.includes(name)).join(', ');
}

function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
