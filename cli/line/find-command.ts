import { OracleComputeError } from '../../lib/errors.js';
import type { CommandLine } from './arguments.js';
import type { CommandEntry } from './command.js';

export interface FoundCommand {
  readonly entry: CommandEntry;
  /** The line without the words that named the command. */
  readonly words: readonly string[];
}

/**
 * Finds the command that a line names. Options may stand before, between and after its words.
 *
 * @returns undefined where the line names no command, or only a group of commands
 * @throws OracleComputeError USAGE where it names an unknown one
 */
export function findCommand(commands: readonly CommandEntry[], line: CommandLine): FoundCommand | undefined {
  const spoken = line.positionals.map(({ text }) => text);
  for (const entry of commands) {
    const length = entry.path.length;
    const named = entry.path.every((word, index) => word === spoken[index]);
    const aliased = length === 1 && entry.aliases?.includes(spoken[0] ?? '');
    if (!named && !aliased) continue;
    const taken = new Set(line.positionals.slice(0, length).map(({ index }) => index));
    return { entry, words: line.words.filter((_, index) => !taken.has(index)) };
  }
  const first = spoken[0];
  if (first === undefined) return undefined;
  const group = groupOf(commands, spoken);
  if (group !== undefined && spoken.length === group.length) return undefined;
  const unknown = group === undefined ? first : spoken.slice(0, group.length + 1).join(' ');
  const near = nearest(unknown, commands);
  const suggestion = near === undefined ? '' : `; did you mean ${near}?`;
  throw new OracleComputeError('USAGE', `there is no command ${JSON.stringify(unknown.slice(0, 60))}${suggestion}`, {
    usage: group?.join(' '),
  });
}

/** The longest run of first words that some command's path begins with, if it is not a whole command. */
export function groupOf(commands: readonly CommandEntry[], spoken: readonly string[]): readonly string[] | undefined {
  for (let length = spoken.length; length > 0; length--) {
    const words = spoken.slice(0, length);
    const isGroup = commands.some(({ path }) => path.length > length && words.every((word, i) => word === path[i]));
    if (isGroup) return words;
  }
  return undefined;
}

function nearest(word: string, commands: readonly CommandEntry[]): string | undefined {
  const names = commands.map(({ path }) => path.join(' '));
  const ranked = names
    .map((name) => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** Levenshtein's distance: how many letters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
