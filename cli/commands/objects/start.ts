import { type ObjectKind, parseObjectKind } from '../../../lib/compute/resources/object-kind.js';
import { objectPath } from '../../../lib/compute/resources/object-name.js';
import type { Context } from '../../context/context.js';
import type { CommandModule } from '../../line/command.js';
import type { Parameters } from '../../line/parameters.js';
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

export const startCommand: CommandModule<NamedOptions> = {
  builder: (parser) => withName(withObject(parser)),
  switches: SWITCHES,
  run: (options, context) => runAction('start', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Starts an orchestration: the service makes the objects in it. The command ends at once; list or get shows the status. ${NAMES}`,
    examples: [['$0 orchestration /Compute-acme/jack.jones@example.com/web', 'make the objects of an orchestration']],
  },
};

export type Action = 'start' | 'stop';

/** Starts or stops an orchestration, and shows it as the service answers: both go on after that. */
export async function runAction(action: Action, options: NamedOptions, context: Context): Promise<number> {
  const kind = parseObjectKind(options.object);
  const calls = await openCalls(options, context);
  const query = { ...wording(kind, action), ...sentParameters(options) };
  const path = objectPath(kind, objectName(kind, options, calls.user, action), query);
  await writeAnswer(await calls.make({ method: 'PUT', path }), calls.endpoint, options, context);
  return 0;
}

/** Orchestrations of the second generation have a state that is wished for. */
function wording(kind: ObjectKind, action: Action): Parameters {
  if (kind.path.startsWith('/platform/')) return { desired_state: action === 'start' ? 'active' : 'inactive' };
  return { action: action.toUpperCase() };
}
