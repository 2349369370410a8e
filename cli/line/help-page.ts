import type { World } from '../world/world.js';
import type { ProgramCommand } from './command.js';
import { parserFor } from './parser.js';

const WIDEST_HELP = 80;

/** What `--help` shows of a command. Its name comes without the program. */
export async function helpPage(
  command: ProgramCommand<unknown>,
  name: string,
  summary: string,
  world: World,
): Promise<string> {
  const line = `${world.program} ${name}`;
  const parser = parserFor(command, line, summary).wrap(Math.min(WIDEST_HELP, world.stdout.columns ?? WIDEST_HELP));
  return `${await parser.getHelp()}\n\n${epilogue(command, line)}\n`;
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
