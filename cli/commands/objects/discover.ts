import { parseObjectKind } from '../../../lib/compute/objects.js';
import type { Context } from '../../context/context.js';
import { runOnContainers } from '../../objects/many.js';
import { NAMES, OBJECT_HELP, type ObjectOptions, withObject } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import { openUsedSession } from '../../settings/compute.js';

export interface DiscoverOptions extends ObjectOptions {
  readonly containers?: readonly string[];
}

/** Prints the names in containers, without the objects. */
export async function runDiscover(options: DiscoverOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const { session } = await openUsedSession(options, context);
  const objects = session.objects(options.object);
  return runOnContainers(options.containers ?? [], kind, options, context, (name) => objects.discover(name));
}

export const discoverCommand: CommandModule<DiscoverOptions> = {
  builder: (list) =>
    withObject(list).positional('containers', {
      type: 'string',
      array: true,
      describe: "Containers; default: all of the user's customer",
    }),
  run: runDiscover,
  help: {
    ...OBJECT_HELP,
    description: `Lists the names directly in containers. Names of containers end in a slash. ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com', 'a heading, and a name to a line'],
      ['$0 imagelist /oracle/public/ -H', 'names only, for a loop'],
    ],
  },
};
