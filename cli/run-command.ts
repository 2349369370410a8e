import { OracleComputeError } from '../lib/errors.js';
import { isOnLine, shield, unshield } from './arguments.js';
import type { FoundCommand } from './find-command.js';
import { parserFor } from './parser.js';
import type { World } from './world.js';

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
  const parser = parserFor(command, `${world.program} ${name}`, found.entry.summary);
  const options = await parseWords(parser, words, name, command.repeated);
  return command.run({ ...options, rest: command.takesRest ? rest : [] }, world);
}

async function parseWords(
  parser: ReturnType<typeof parserFor>,
  words: readonly string[],
  name: string,
  repeated: readonly string[] = [],
) {
  let parsed: Record<string, unknown>;
  try {
    parsed = await parser.parseAsync([...words]);
  } catch (cause) {
    if (cause instanceof OracleComputeError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new OracleComputeError('USAGE', message.split('\n').join(' '), { usage: name }, { cause });
  }
  // yargs lets either every option be given more than once, or none.
  const last = (key: string, value: unknown) =>
    Array.isArray(value) && !repeated.includes(key) && key !== '_' ? value.at(-1) : value;
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, unshield(last(key, value))]));
}
