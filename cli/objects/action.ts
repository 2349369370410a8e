import { type ObjectKind, parseObjectKind } from '../../lib/compute/resources/object-kind.js';
import { objectPath } from '../../lib/compute/resources/object-name.js';
import type { Context } from '../context/context.js';
import type { Parameters } from '../line/parameters.js';
import { writeAnswer } from './answers.js';
import { openCalls } from './calls.js';
import { type NamedOptions, objectName } from './named.js';
import { sentParameters } from './parameters.js';

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
