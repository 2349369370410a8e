import { containerName, DIRECTORY_TYPE, objectPath, parseObjectKind, readList } from '../../../lib/compute/objects.js';
import type { Context } from '../../context/context.js';
import { namingMissing, openCalls } from '../../objects/calls.js';
import { NAMES, OBJECT_HELP, type ObjectOptions, withObject } from '../../objects/options.js';
import { writeRows } from '../../output/write-rows.js';
import type { CommandModule } from '../../parser/command.js';

export interface DiscoverOptions extends ObjectOptions {
  readonly container?: string;
}

/** Prints the names in a container, without the objects. */
export async function runDiscover(options: DiscoverOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const calls = await openCalls(options, context);
  const path = objectPath(kind, containerName(kind, options.container, calls.user));
  const call = { method: 'GET', path, headers: { accept: DIRECTORY_TYPE } } as const;
  const answer = await namingMissing(kind, options.container, () => calls.make(call));
  await writeRows(readList(answer, calls.endpoint), options, context);
  return 0;
}

export const discoverCommand: CommandModule<DiscoverOptions> = {
  builder: (list) =>
    withObject(list).positional('container', {
      type: 'string',
      describe: "Container; default: all of the user's customer",
    }),
  run: runDiscover,
  help: {
    ...OBJECT_HELP,
    description: `Lists the names directly in a container. Names of containers end in a slash. ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com', 'a heading, and a name to a line'],
      ['$0 imagelist /oracle/public/ -H', 'names only, for a loop'],
    ],
  },
};
