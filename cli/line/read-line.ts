import { commandsOf } from '../commands/index.js';
import type { World } from '../world/world.js';
import type { Place } from './command.js';
import { type ParsedLine, parseWords } from './tree.js';
import { usageError } from './usage-error.js';
import { ownWords, restOf, shieldedRest } from './words.js';

/** What a line asks for: a command with its options, or a page of help. */
export type ReadLine = ParsedLine | { readonly page: string };

/**
 * Reads a command line.
 *
 * @param onPlace is told how far the line was understood, even where the rest of it cannot be read
 * @throws OracleComputeError USAGE
 */
export async function readLine(
  argv: readonly string[],
  world: World,
  onPlace: (place: Place) => void,
): Promise<ReadLine> {
  const commands = commandsOf(world.program);
  let place: Place = { path: [] };
  const reach = (reached: Place) => {
    place = reached;
    onPlace(reached);
  };
  const own = ownWords(argv);
  const words = withoutHelp(own);
  const help = async () => {
    const { helpPage } = await import('./help-page.js');
    return helpPage(words, commands, world, reach);
  };
  try {
    const page = words.length < own.length ? await help() : undefined;
    if (page !== undefined) return { page };
    const takesRest = commands.some((entry) => entry.takesRest && entry.path.every((word) => words.includes(word)));
    const line = takesRest ? [...words, '--', ...restOf(argv)] : [...words, ...shieldedRest(argv)];
    return await parseWords(line, commands, world, reach);
  } catch (thrown) {
    // A line of no more than the words of a group asks what there is.
    const page = own.length === place.path.length && !place.entry ? await help() : undefined;
    if (page !== undefined) return { page };
    throw usageError(thrown, place, own);
  }
}

function withoutHelp(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => word !== '--help' && word !== '-h' && (index > 0 || word !== 'help'));
}
