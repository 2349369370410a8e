import { OracleComputeError } from '../lib/errors.js';
import { unshield } from './arguments.js';
import type { ProgramCommand } from './command.js';
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
