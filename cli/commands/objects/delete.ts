import { parseObjectKind } from '../../../lib/compute/resources/object-kind.js';
import { objectPath } from '../../../lib/compute/resources/object-name.js';
import type { Context } from '../../context/context.js';
import type { CommandModule } from '../../line/command.js';
import { openCalls, writeAnswer } from '../../objects/calls.js';
import {
  NAMES,
  type NamedOptions,
  OBJECT_HELP,
  objectName,
  SWITCHES,
  sentParameters,
  withName,
  withObject,
} from '../../objects/options.js';

/** Removes one object, silently as the original does. */
export async function runDelete(options: NamedOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const calls = await openCalls(options, context);
  const path = objectPath(kind, objectName(kind, options, calls.user, 'delete'), sentParameters(options));
  await writeAnswer(await calls.make({ method: 'DELETE', path }), calls.endpoint, options, context);
  return 0;
}

export const deleteCommand: CommandModule<NamedOptions> = {
  builder: (parser) => withName(withObject(parser)),
  switches: SWITCHES,
  run: runDelete,
  help: {
    ...OBJECT_HELP,
    description: `Removes one object, without a question. Prints nothing, unless the service answers with something. ${NAMES} Other options are for the service: --force.`,
    examples: [
      ['$0 sshkey /Compute-acme/jack.jones@example.com/k', 'remove a key'],
      ['$0 orchestration "$NAME" --force', 'as scripts do'],
    ],
  },
};
