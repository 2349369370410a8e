import { isOracleComputeError } from '../lib/errors.js';
import { isUnixShell, SHELL_SYNTAXES, usualSyntax } from '../lib/shell/syntax.js';
import { COMPLETION_REQUEST } from './completion/request.js';
import type { Context } from './context/context.js';
import type { CommandEntry } from './parser/command.js';
import type { LooseLine } from './parser/tree.js';

/**
 * Runs one command line and returns its exit status. The program's only catch-all: it reports every failure in one
 * line, with a next step.
 */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  let entry: CommandEntry | undefined;
  try {
    const line = runLine(argv, context, (named) => {
      entry = named;
    });
    const status = await Promise.race([line, context.crash]);
    await context.stdout.flushed();
    return status;
  } catch (error) {
    const line = (await import('./parser/tree.js')).readLoosely(argv, context);
    if (printsShellCode(entry, line) && isEvaluatedByUnixShell(line, context) && isEmptyPipe(context))
      context.stdout.write('false\n');
    const { reportError } = await import('./errors/report-error.js');
    return reportError(interruptionOr(error, context), context, {
      json: line.value(...FORMAT) === 'json',
      debug: line.has('d', 'debug'),
      line: {
        profile: line.value('profile-name') ?? line.value('profile'),
        configFile: line.value('config-file', 'config-location'),
      },
    });
  }
}

async function runLine(
  argv: readonly string[],
  context: Context,
  onNamed: (entry: CommandEntry | undefined) => void,
): Promise<number> {
  context.assertUtf8(argv);
  if (argv[0] === COMPLETION_REQUEST) {
    const { completionAnswer } = await import('./completion/answer.js');
    context.stdout.write(await completionAnswer(argv.slice(1), context));
    return 0;
  }
  // A line that begins with this word is always for this program; other lines need a closer look.
  if (context.program === 'oci' && argv[0] !== 'session') {
    const { delegate } = await import('./parser/delegate.js');
    const status = await delegate(argv, context);
    if (status !== undefined) return status;
  }
  if (asksVersion(argv, context)) {
    context.stdout.write(`${context.version}\n`);
    return 0;
  }
  const { readLine } = await import('./parser/read-line.js');
  let entry: CommandEntry | undefined;
  const line = await readLine(argv, context, (place) => {
    entry = place.entry;
    onNamed(entry);
  });
  if (!('page' in line)) return line.command.run(line.options, context, line.path);
  // Help that reaches eval would be run.
  const forReading = entry?.printsShellCode !== true || context.stdout.isTTY;
  (forReading ? context.stdout : context.stderr).write(line.page);
  return 0;
}

function printsShellCode(entry: CommandEntry | undefined, line: LooseLine): boolean {
  return entry?.printsShellCode === '--shell' ? line.has('shell') : entry?.printsShellCode === true;
}

/** True if nothing was printed to the pipe. The shell evaluates a value already printed, even after a failure. */
function isEmptyPipe({ stdout }: Context): boolean {
  return !stdout.isTTY && !stdout.hasWritten;
}

/** A line of switches only: it is answered before the commands are loaded. */
function asksVersion(argv: readonly string[], { program }: Context): boolean {
  const names = program === 'oci' ? ['--version', '-v'] : ['--version'];
  return argv.some((word) => names.includes(word)) && argv.every((word) => word.startsWith('-'));
}

/** After a stop signal, reports the signal instead of the failure that it caused, unless that says what was interrupted. */
function interruptionOr(error: unknown, context: Context): unknown {
  return context.interruption.aborted && !isOracleComputeError(error, 'INTERRUPTED')
    ? context.interruption.reason
    : error;
}

const FORMAT = ['f', 'format'];
const OTHER_SYNTAXES: ReadonlySet<string> = new Set(SHELL_SYNTAXES.filter((syntax) => !isUnixShell(syntax)));

/**
 * Evaluating nothing succeeds, so a failed `eval "$(…)"` would go unnoticed: the word `false` makes it fail in every
 * Unix shell.
 */
function isEvaluatedByUnixShell(line: LooseLine, { platform, env }: Context): boolean {
  const silent = line.has('q', 'quiet') || line.value(...FORMAT) === 'json';
  return !silent && !OTHER_SYNTAXES.has(line.value('shell') ?? usualSyntax(platform, env));
}
