import { parseObjectKind, usualFields } from '../../../lib/compute/objects.js';
import { OracleComputeError } from '../../../lib/errors.js';
import type { Context } from '../../context/context.js';
import { runOnContainers } from '../../objects/many.js';
import {
  FOREIGN,
  givenParameters,
  NAMES,
  OBJECT_HELP,
  type ParameterOptions,
  SWITCHES,
  withFilter,
  withObject,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import { openUsedSession } from '../../settings/compute.js';

export interface ListOptions extends ParameterOptions {
  readonly containers?: readonly string[];
}

/** Prints the objects in containers as rows, as they arrive. */
export async function runList(options: ListOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const { containers = [] } = options;
  if (kind.below !== undefined && containers.length === 0) {
    throw new OracleComputeError('USAGE', `list ${kind.word} needs the name of the list`, { usage: 'list' });
  }
  const filter = givenParameters(kind, options, 'list');
  const { session } = await openUsedSession(options, context);
  const find = (name: string | undefined) => session.objects(options.object, name).list(name, filter);
  return runOnContainers(containers, kind, options, context, find, usualFields(kind));
}

export const listCommand: CommandModule<ListOptions> = {
  builder: (list) =>
    withFilter(withObject(list)).positional('containers', {
      type: 'string',
      array: true,
      describe: "Containers, or single objects; default: all of the user's customer",
    }),
  switches: SWITCHES,
  foreign: FOREIGN,
  run: runList,
  help: {
    ...OBJECT_HELP,
    description: `Lists the objects in containers, one container after the other. On a terminal the table has the most useful columns, and names without their common container; -f wide or -F show others. Other options are filters of the service: --status ready. In a pipe all fields are printed, as they arrive: as a table, tabbed, as CSV (RFC 4180), or as JSON under the key "list". Without -F, the first 500 rows decide the columns; if later rows have other fields, the exit status is 2, and stderr names them. CSV values are unchanged: in a spreadsheet, import the columns as text, because it reads =, +, - or @ at the beginning as a formula. ${NAMES} --filter NAME=VALUE passes a filter of any name.`,
    examples: [
      ['$0 instance -Fname,state', 'the instances of the whole account'],
      ['$0 ipreservation /Compute-acme -F name,ip -fcsv', 'two fields, as CSV'],
      ['$0 -f json orchestration /Compute-acme --status ready', 'filtered, as JSON for jq'],
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web -F status -H', 'the status of one object'],
    ],
  },
};
