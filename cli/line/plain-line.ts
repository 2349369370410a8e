import type { Options, PositionalOptions } from 'yargs';
import { unshield } from './arguments.js';
import type { ProgramCommand } from './command.js';
import { type DescribedOptions, describeOptions } from './described-options.js';

type Description = Options | PositionalOptions;

/** What a description may say for its option to be read here; `hidden` and the texts change nothing. */
const KNOWN_TRAITS = new Set(['type', 'alias', 'choices', 'describe', 'hidden', 'demandOption']);

/**
 * Reads a line in which everything is plain: known options, each once, with values where they take one, and arguments.
 * To load yargs and let it read such a line takes longer than what most commands do then.
 *
 * It never refuses a line: what it is not sure of is left to yargs, which has the last word. What it does read it
 * reads as yargs would (test/cli/plain-line.test.ts).
 *
 * @returns the options by their names in camel case, or undefined where yargs has to look
 */
export function readPlainLine(
  command: ProgramCommand<unknown>,
  words: readonly string[],
): Record<string, unknown> | undefined {
  const described = describeOptions(command.builder);
  const found = sortWords(described, words);
  const names = found && nameArguments(command.positionals, found.values);
  if (!found || !names) return undefined;
  const read: Record<string, unknown> = {};
  for (const [name, value] of [...found.options, ...names]) {
    const description: Description = described.options.get(name) ?? described.positionals.get(name) ?? {};
    if (!isPlain(description, value) || camelCase(name) in read) return undefined;
    read[camelCase(name)] = unshield(value);
  }
  for (const [name, { demandOption }] of described.options) {
    if (demandOption && !found.options.has(name)) return undefined;
  }
  return read;
}

interface SortedWords {
  readonly options: ReadonlyMap<string, string | true>;
  readonly values: readonly string[];
}

/** Tells options, their values and arguments apart. */
function sortWords({ options: described }: DescribedOptions, words: readonly string[]): SortedWords | undefined {
  const options = new Map<string, string | true>();
  const values: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) {
      values.push(word);
      continue;
    }
    const [, spoken = '', given] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = nameOf(described, spoken, word.startsWith('--'));
    if (name === undefined || options.has(name)) return undefined;
    const next = words[index + 1];
    if (described.get(name)?.type === 'boolean') {
      // It may have a value of its own.
      if (given !== undefined || next === 'true' || next === 'false') return undefined;
      options.set(name, true);
    } else {
      const value = given ?? next;
      if (value === undefined || (given === undefined && value.startsWith('-'))) return undefined;
      options.set(name, value);
      if (given === undefined) index++;
    }
  }
  return { options, values };
}

/** The name of an option under one of its spellings: letters have one dash, words have two. */
function nameOf(described: ReadonlyMap<string, Options>, spoken: string, isLong: boolean): string | undefined {
  if (isLong !== spoken.length > 1) return undefined;
  if (described.has(spoken)) return spoken;
  for (const [name, { alias }] of described) {
    if (alias !== undefined && [alias].flat().includes(spoken)) return name;
  }
  return undefined;
}

/** Gives arguments the names that stand in the command's notation, `<method> [path]`. */
function nameArguments(notation: string, values: readonly string[]): [string, string][] | undefined {
  const places = notation.split(' ').filter((place) => place !== '');
  if (!places.every((place) => /^(?:\[[\w-]+\]|<[\w-]+>)$/.test(place)) || values.length > places.length)
    return undefined;
  if (places.filter((place) => place.startsWith('<')).length > values.length) return undefined;
  return values.map((value, index) => [places[index]?.slice(1, -1) ?? '', value]);
}

function isPlain(description: Description, value: string | true): boolean {
  const { type, choices } = description;
  if (!Object.keys(description).every((trait) => KNOWN_TRAITS.has(trait))) return false;
  if (value === true) return type === 'boolean';
  // yargs takes quotes off that the shell has left.
  return (
    type === 'string' &&
    value !== '' &&
    !/^["']/.test(value) &&
    (choices === undefined || [choices].flat().includes(value))
  );
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}
