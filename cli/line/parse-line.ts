import { OracleComputeError } from '../../lib/errors.js';
import { readCommandLine, unshield, valueOnLine } from './arguments.js';
import type { ProgramCommand } from './command.js';
import { describeOptions } from './described-options.js';
import { parserFor } from './parser.js';

/**
 * Reads a command's line with yargs.
 *
 * @param line the program and the command, as they are typed
 * @param name the command, for the hint of an error
 * @throws OracleComputeError USAGE
 */
export async function parseLine(
  command: ProgramCommand<unknown>,
  line: string,
  name: string,
  words: readonly string[],
): Promise<Record<string, unknown>> {
  refuseMissingArguments(command, name, words);
  refuseOtherChoices(command, name, words);
  let parsed: Record<string, unknown>;
  try {
    parsed = await parserFor(command, line, '').parseAsync([...words]);
  } catch (cause) {
    if (cause instanceof OracleComputeError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new OracleComputeError('USAGE', message.split('\n').join(' '), { usage: name }, { cause });
  }
  // Not repeated in the message: it may be a password that was meant for a file.
  if (Array.isArray(parsed._) && parsed._.length > 0) {
    throw new OracleComputeError('USAGE', 'there are more arguments than the command takes', { usage: name });
  }
  // yargs lets either every option be given more than once, or none.
  const { repeated = [] } = command;
  const last = (key: string, value: unknown) =>
    Array.isArray(value) && !repeated.includes(key) && key !== '_' ? value.at(-1) : value;
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, unshield(last(key, value))]));
}

function refuseMissingArguments(
  { positionals }: ProgramCommand<unknown>,
  usage: string,
  words: readonly string[],
): void {
  const required = positionals.split(' ').filter((place) => place.startsWith('<'));
  const missing = required.slice(readCommandLine(words).positionals.length);
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new OracleComputeError('USAGE', `${missing.join(' and ')} ${verb} missing`, { usage });
}

function refuseOtherChoices({ builder }: ProgramCommand<unknown>, usage: string, words: readonly string[]): void {
  for (const [name, { alias, choices }] of describeOptions(builder).options) {
    if (choices === undefined) continue;
    const letters = alias === undefined ? [] : [alias].flat().map((letter) => `-${letter}`);
    const value = valueOnLine(words, `--${name}`, ...letters);
    if (value === undefined || choices.includes(value)) continue;
    const message = `--${name} cannot be ${JSON.stringify(value.slice(0, 40))}; it is one of ${choices.join(', ')}`;
    throw new OracleComputeError('USAGE', message, { usage });
  }
}
