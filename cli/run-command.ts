import yargs from 'yargs';
import { OracleComputeError } from '../lib/errors.js';
import { isOnLine, shield, unshield } from './arguments.js';
import type { ProgramCommand } from './command.js';
import type { FoundCommand } from './find-command.js';
import type { World } from './world.js';

const WIDEST_HELP = 80;

/** Reads the options of a command's line, and runs the command. */
export async function runCommand(found: FoundCommand, rest: readonly string[], world: World): Promise<number> {
  const command = await found.entry.load();
  const name = found.entry.path.join(' ');
  const parser = parserFor(command, name, found.entry.summary, world);
  const words = command.takesRest ? found.words : [...found.words, ...rest.map(shield)];
  if (isOnLine(words, '-h', '--help', '-?')) {
    const help = `${await parser.getHelp()}\n`;
    // Help that reaches eval would be run.
    const forReading = !found.entry.evaluated || world.stdout.isTTY;
    (forReading ? world.stdout : world.stderr).write(help);
    return 0;
  }
  const options = await parseWords(parser, words, name, command.repeated);
  return command.run({ ...options, rest: command.takesRest ? rest : [] }, world);
}

/** The yargs parser of one command: its name is taken off the line before, so its arguments are the line's. */
export function parserFor(command: ProgramCommand<unknown>, name: string, summary: string, world: World) {
  const parser = yargs([])
    .scriptName(`${world.program} ${name}`)
    .locale('en')
    .parserConfiguration({
      'duplicate-arguments-array': command.repeated !== undefined,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .version(false)
    .help(false)
    .exitProcess(false)
    .fail(false)
    .strict()
    .wrap(Math.min(WIDEST_HELP, world.stdout.columns ?? WIDEST_HELP))
    .command(`$0 ${command.positionals}`.trim(), summary, (inner) => command.builder(inner))
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' })
    .epilogue(epilogue(command, `${world.program} ${name}`));
  return parser;
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

/** Examples are not left to yargs, which would break their lines: they are there to be pasted. */
function epilogue(command: ProgramCommand<unknown>, name: string): string {
  const { environment, examples, statuses } = command.help;
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
