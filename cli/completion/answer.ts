import { basename } from 'node:path';
import { OBJECT_WORDS } from '../../lib/compute/objects.js';
import { listProfiles as computeProfiles, listSessions } from '../../lib/index.js';
import { knownRegions, listProfiles } from '../../lib/oci/index.js';
import { isPlainText } from '../../lib/text.js';
import { commandsOf, GROUPS } from '../commands/index.js';
import type { Context } from '../context/context.js';
import { type CommandEntry, OCI_GROUPS } from '../parser/command.js';
import { type KnownOption, knownOptions } from '../parser/known-options.js';
import { describeLine, type LooseLine, readLoosely } from '../parser/tree.js';
import { argsBeforeDashes } from '../parser/words.js';
import { profileFolder } from '../settings/compute.js';
import { libraryEnvironment } from '../settings/general.js';

/** A command line up to the cursor. */
interface TypedLine {
  /** The words before the cursor, without the program. */
  readonly before: readonly string[];
  /** The word at the cursor. */
  readonly current: string;
}

/**
 * The completions of a command line, for the script of a shell. The first line is their kind: `words`, which follow, each
 * with its meaning after a tab; `files`; or `command`, if another command line follows `--`.
 *
 * @param line the program, the words before the cursor, and the word at the cursor
 */
export async function completionAnswer(line: readonly string[], context: Context): Promise<string> {
  const [program = '', ...before] = line;
  // PowerShell cannot pass an empty word.
  const current = (before.pop() ?? '').replace(/^""$/, '');
  const asked: Context = { ...context, program: /^oci(?:\.\w+)?$/i.test(basename(program)) ? 'oci' : 'oracle-compute' };
  const completions = await completionsOf({ before, current }, asked);
  if (typeof completions === 'string') return `${completions}\n`;
  const value = current.replace(/^--[^=]*=/, '');
  // Names come from files: a terminal must not interpret one as a control sequence.
  const fitting = completions.filter(([word]) => word.startsWith(value) && isPlainText(word));
  return ['words', ...fitting.map(([word, meaning]) => `${word}\t${meaning}`), ''].join('\n');
}

async function completionsOf({ before, current }: TypedLine, context: Context): Promise<Completions | 'command'> {
  const commands = commandsOf(context.program);
  const words = argsBeforeDashes(before);
  const { place, positionals: given, list } = await describeLine(words, commands, context);
  const typed = readLoosely(before, context);
  const isRest = before.includes('--');
  if (isRest && place.entry?.takesRest) return 'command';
  const { options, positionals } = knownOptions(list);
  const option = isRest ? undefined : optionBeforeValue(words, current, options);
  const isOci = OCI_GROUPS.includes(place.path[0] ?? '');
  if (option?.name === 'profile' && !isOci) {
    return plain(computeProfiles(profileFolder({ profileDirectory: typed.value('profile-directory') }, context)));
  }
  if (option) return valuesOf(option, typed, context);
  if (current.startsWith('-') && !isRest) return options.filter(({ hidden }) => !hidden).flatMap(spellings);
  const count = given.length + (isRest ? before.length - before.indexOf('--') - 1 : 0);
  const argument = positionals[count - place.path.length];
  if (place.entry) return argument ? valuesOf(argument, typed, context) : [];
  return count === place.path.length ? nextWords(place.path, commands) : [];
}

/** The option whose value is at the cursor. */
function optionBeforeValue(
  words: readonly string[],
  current: string,
  options: readonly KnownOption[],
): KnownOption | undefined {
  const name = current.startsWith('--') ? /^[^=]+(?==)/.exec(current)?.[0] : words.at(-1);
  return options.find((option) => option.takesValue && spellings(option).some(([spelling]) => spelling === name));
}

function spellings({ name, aliases, meaning }: KnownOption): [string, string][] {
  return [name, ...aliases].map((each) => [each.length === 1 ? `-${each}` : `--${each}`, meaning]);
}

/** The commands of a group. */
function nextWords(path: readonly string[], commands: readonly CommandEntry[]): Completions {
  const meanings = new Map<string, string>();
  for (const entry of commands.filter((each) => path.every((word, index) => each.path[index] === word))) {
    const words = entry.path.slice(0, path.length + 1);
    meanings.set(
      words.at(-1) ?? '',
      entry.path.length === words.length ? entry.summary : (GROUPS[words.join(' ')] ?? ''),
    );
  }
  return [...meanings];
}

/** Words with their meanings, or the names of files. */
type Completions = 'files' | ReadonlyArray<readonly [word: string, meaning: string]>;

/** Names of options and arguments whose value is a file, a profile or a user. */
const NAMES_A_FILE = /^(?:pass|passwordfile|file|values|.*-(?:file|bundle|archive|path|location|dir|directory))$/;
const NAMES_A_PROFILE = /^(?:oci-)?profile(?:-name)?$/;
const NAMES_A_USER = /^user(?:name)?$/;

/** At most this many stored sessions are read, so that TAB answers quickly. */
const MOST_SESSIONS = 100;

/** The possible values of an option or argument. */
async function valuesOf({ name, choices }: KnownOption, typed: LooseLine, context: Context): Promise<Completions> {
  if (choices.length > 0) return plain(choices);
  if (NAMES_A_FILE.test(name)) return 'files';
  if (NAMES_A_PROFILE.test(name)) return plain(await profiles(typed, context).catch(() => []));
  if (NAMES_A_USER.test(name)) return plain(await storedUsers(context).catch(() => []));
  if (name === 'object') return plain(OBJECT_WORDS);
  if (name === 'region') return plain(knownRegions().map(({ id }) => id));
  return [];
}

function plain(words: readonly string[]): Completions {
  return words.map((word) => [word, '']);
}

/** The profiles of the config file that the line names. */
function profiles(typed: LooseLine, context: Context): Promise<readonly string[]> {
  return listProfiles({ configFile: typed.value('config-file') || undefined }, context);
}

/** The users whose sessions are stored. */
async function storedUsers(context: Context): Promise<string[]> {
  const sessions = await listSessions({ ...libraryEnvironment(context), most: MOST_SESSIONS });
  return [...new Set(sessions.flatMap((listed) => ('status' in listed ? listed.status.user : [])))];
}
