import { OracleComputeError } from '../lib/errors.js';
import { COMMANDS, commandsOf } from './commands/index.js';
import { type CommandLine, isOnLine, readCommandLine, refuseMissingValues, valueOnLine } from './line/arguments.js';
import type { CommandEntry } from './line/command.js';
import { type FoundCommand, findCommand } from './line/find-command.js';
import { runCommand } from './line/run-command.js';
import type { World } from './world/world.js';

/**
 * Runs one command line and gives its exit status. The only catch-all of the program: whatever fails below is reported
 * here, in one line with a next step.
 */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const line = readCommandLine(argv);
  let found: FoundCommand | undefined;
  try {
    if (world.program === 'oci') {
      const { handOver } = await import('./line/delegate.js');
      const status = await handOver(argv, line, world);
      if (status !== undefined) return status;
    }
    if (isOnLine(line.words, ...versionFlags(world)) && line.positionals.length === 0) {
      world.stdout.write(`${world.version}\n`);
      return 0;
    }
    found = findCommand(commandsOf(world.program), line);
    if (!found) return await showCommands(line, world);
    refuseMissingValues(line, found.entry.path.join(' '));
    return await runCommand(found, line.rest, world);
  } catch (error) {
    const entry = found?.entry ?? entryNamedFirst(line);
    if (entry?.evaluated && isEvaluatedByUnixShell(line) && !world.stdout.isTTY) world.stdout.write('false\n');
    const { reportError } = await import('./errors/report-error.js');
    return reportError(interruptionOr(error, world), world, {
      json: formatOnLine(line) === 'json',
      debug: isOnLine(line.words, '-d', '--debug'),
    });
  }
}

function versionFlags({ program }: World): readonly string[] {
  return program === 'oci' ? ['--version', '-v'] : ['--version'];
}

/** When the program was told to stop, what failed because of that is not the news. */
function interruptionOr(error: unknown, world: World): unknown {
  return world.interruption.aborted ? world.interruption.reason : error;
}

function entryNamedFirst(line: CommandLine): CommandEntry | undefined {
  const first = line.positionals[0]?.text;
  return COMMANDS.find(({ path, aliases }) => path[0] === first || aliases?.includes(first ?? ''));
}

function formatOnLine(line: CommandLine): string | undefined {
  return valueOnLine(line.words, '-f', '--format');
}

const OTHER_SYNTAXES = new Set(['powershell', 'cmd', 'nushell', 'json', 'dotenv', 'value']);

/**
 * Evaluating nothing succeeds, so a failed `eval "$(…)"` would go unnoticed: the word `false` makes it fail in every
 * Unix shell. Decided from the line itself, because the line may be what is wrong.
 */
function isEvaluatedByUnixShell(line: CommandLine): boolean {
  const silent = isOnLine(line.words, '-q', '--quiet') || formatOnLine(line) === 'json';
  return !silent && !OTHER_SYNTAXES.has(valueOnLine(line.words, '--shell') ?? 'sh');
}

async function showCommands(line: CommandLine, world: World): Promise<number> {
  const { renderCommands } = await import('./output/command-list.js');
  const group = line.positionals.map(({ text }) => text);
  const isHelp = line.words.length === group.length || isOnLine(line.words, '-h', '--help', '-?');
  if (isHelp) {
    world.stdout.write(renderCommands(commandsOf(world.program), group, world));
    return 0;
  }
  throw new OracleComputeError('USAGE', 'no command was named', {});
}
