import { parseObjectKind } from '../../../lib/compute/resources/object-kind.js';
import { objectPath } from '../../../lib/compute/resources/object-name.js';
import type { Context } from '../../context/context.js';
import type { CommandModule } from '../../line/command.js';
import { openCalls, writeAnswer } from '../../objects/calls.js';
import { NAMES, type NamedOptions, OBJECT_HELP, objectName, withName, withObject } from '../../objects/options.js';

/** Shows one object. */
export async function runGet(options: NamedOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const calls = await openCalls(options, context);
  const path = objectPath(kind, objectName(kind, options, calls.user, 'get'));
  await writeAnswer(await calls.make({ method: 'GET', path }), calls.endpoint, options, context);
  return 0;
}

export const getCommand: CommandModule<NamedOptions> = {
  builder: (parser) => withName(withObject(parser)),
  run: runGet,
  help: {
    ...OBJECT_HELP,
    description: `Shows one object: as a row, or with -f json as the service has it. ${NAMES}`,
    examples: [
      ['$0 shape oc3', 'an object that all customers share'],
      ['$0 instance "$NAME" -F vcable_id -H', 'one field, for a script'],
      ['$0 imagelistentry /Compute-acme/jack.jones@example.com/ol7 2', 'version 2 of an image list'],
    ],
  },
};
