import { commandsOf } from '../commands/index.js';
import type { Context } from '../context/context.js';
import type { CommandEntry, Place } from './command.js';
import { type ParsedLine, parseWords, readLoosely } from './tree.js';
import { usageError } from './usage-error.js';
import { argsAfterDashes, argsBeforeDashes, escapedArgsAfterDashes, parametersAfterDashes } from './words.js';

/** What a line asks for: a command with its options, or a page of help. */
type ReadLine = ParsedLine | { readonly page: string };

/**
 * Reads a command line.
 *
 * @param onPlace gets how far the line was understood, even if the rest of it cannot be read
 * @throws OracleComputeError USAGE
 */
export async function readLine(
  argv: readonly string[],
  context: Context,
  onPlace: (place: Place) => void,
): Promise<ReadLine> {
  const commands = commandsOf(context.program);
  let place: Place = { path: [] };
  const reach = (reached: Place) => {
    place = reached;
    onPlace(reached);
  };
  const own = argsBeforeDashes(argv);
  const words = withoutHelp(own);
  const help = async () => {
    const { helpPage } = await import('./help-page.js');
    return helpPage(words, commands, context, reach);
  };
  try {
    const page = words.length < own.length ? await help() : undefined;
    if (page !== undefined) return { page };
    return await parseWords([...words, ...readableRest(argv, commands, context)], commands, context, reach);
  } catch (thrown) {
    // A line with only the words of a group asks for its help.
    const page = own.length === place.path.length && !place.entry ? await help() : undefined;
    if (page !== undefined) return { page };
    throw usageError(thrown, place, own, commands);
  }
}

/** What the words after `--` are to the command: another command line, parameters, or arguments. */
function readableRest(argv: readonly string[], commands: readonly CommandEntry[], context: Context): string[] {
  if (!argv.includes('--')) return [];
  const { positionals } = readLoosely(argv, context);
  const entry = commands.find(({ path }) => path.every((word, at) => positionals[at] === word));
  if (entry?.takesRest) return ['--', ...argsAfterDashes(argv)];
  return entry?.passing ? parametersAfterDashes(argv, entry.passing) : escapedArgsAfterDashes(argv);
}

function withoutHelp(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => word !== '--help' && word !== '-h' && (index > 0 || word !== 'help'));
}
