import type { World } from '../world/world.js';
import { isOnLine, shield } from './arguments.js';
import type { ProgramCommand } from './command.js';
import type { FoundCommand } from './find-command.js';
import { readPlainLine } from './plain-line.js';

/** Reads the options of a command's line, and runs the command. */
export async function runCommand(found: FoundCommand, rest: readonly string[], world: World): Promise<number> {
  const command = await found.entry.load();
  const name = found.entry.path.join(' ');
  const words = command.takesRest ? found.words : [...found.words, ...rest.map(shield)];
  if (isOnLine(words, '-h', '--help', '-?')) {
    const { helpPage } = await import('./help-page.js');
    const help = await helpPage(command, name, found.entry.summary, world);
    // Help that reaches eval would be run.
    const forReading = !found.entry.evaluated || world.stdout.isTTY;
    (forReading ? world.stdout : world.stderr).write(help);
    return 0;
  }
  const options = readPlainLine(command, words) ?? (await readAnyLine(command, name, words, world));
  return command.run({ ...options, rest: command.takesRest ? rest : [] }, world);
}

async function readAnyLine(command: ProgramCommand<unknown>, name: string, words: readonly string[], world: World) {
  const { parseLine } = await import('./parse-line.js');
  return parseLine(command, `${world.program} ${name}`, name, words);
}
