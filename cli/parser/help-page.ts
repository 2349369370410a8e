import type { Context } from '../context/context.js';
import type { CommandEntry, CommandHelp, Place } from './command.js';
import { describeLine } from './tree.js';

/**
 * What `--help` shows of the command, or the group of commands, that a line names.
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
  const { page, place, positionals } = await describeLine(words, commands, context, onPlace);
  const { path, command } = place;
  if (!command && positionals.length > path.length) return undefined;
  if (command) return `${page}\n\n${commandNotes(command.help, [context.program, ...path].join(' '))}\n`;
  return path.length > 0 ? `${page}\n` : `${page}\n\n${programNotes(context)}\n`;
}

/** Examples are not left to yargs, which would break their lines: they are there to be pasted. */
function commandNotes({ environment, examples, statuses }: CommandHelp, name: string): string {
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line.replaceAll('$0', name)}`);
  const sections = [`Examples:\n${lines.join('\n')}`];
  if (environment.length > 0) sections.push(`Environment:\n${columns(environment)}`);
  sections.push(`Exit status:\n${columns(statuses)}`);
  return sections.join('\n\n');
}

function columns(rows: ReadonlyArray<readonly [unknown, string]>): string {
  const width = Math.max(...rows.map(([left]) => String(left).length));
  return rows.map(([left, right]) => `  ${String(left).padEnd(width)}  ${right}`).join('\n');
}

function programNotes({ program }: Context): string {
  return program === 'oci'
    ? 'To log in:  oci session authenticate\n\nEvery other line is delegated to the next oci on PATH, Oracle’s own.'
    : `To log in:  eval "$(${program} auth /Compute-acme/jack.jones@example.com -)"`;
}
