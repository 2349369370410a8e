import yargs from 'yargs';
import type { ProgramCommand } from './command.js';

/**
 * The yargs parser of one command: its name is taken off the line before, so its arguments are the line's.
 *
 * @param line the program and the command, as they are typed
 */
export function parserFor(command: ProgramCommand<unknown>, line: string, summary: string) {
  return yargs([])
    .scriptName(line)
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
    .strictOptions()
    .command(`$0 ${command.positionals}`.trim(), summary, (inner) => command.builder(inner))
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' });
}
