import type { ObjectKind } from '../../../lib/compute/objects.js';
import type { Context } from '../../context/context.js';
import { callOnObject } from '../../objects/calls.js';
import {
  type ChangeOptions,
  NAMES,
  OBJECT_HELP,
  sentSwitches,
  withName,
  withObject,
  withSwitches,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import type { Parameters } from '../../parser/parameters.js';

export const startCommand: CommandModule<ChangeOptions> = {
  builder: (list) => withSwitches(withName(withObject(list))),
  run: (options, context) => runAction('start', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Starts an orchestration: the service creates its objects. The command does not wait for them; list or get shows the status. ${NAMES}`,
    examples: [['$0 orchestration /Compute-acme/jack.jones@example.com/web', 'make the objects of an orchestration']],
  },
};

/** Starts or stops an orchestration, and prints its state at once; the service continues in the background. */
export function runAction(action: 'start' | 'stop', options: ChangeOptions, context: Context): Promise<number> {
  // Orchestrations of the second generation have a desired state.
  const parametersOf = ({ path }: ObjectKind): Parameters =>
    path.startsWith('/platform/')
      ? { desired_state: action === 'start' ? 'active' : 'inactive' }
      : { action: action.toUpperCase() };
  return callOnObject(action, 'PUT', options, context, (kind) => ({
    ...parametersOf(kind),
    ...sentSwitches(options),
  }));
}
