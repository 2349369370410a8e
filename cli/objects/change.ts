import { parseDuration } from '../../lib/clock.js';
import { conditionAfter } from '../../lib/compute/objects.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { ComputeObjects, ComputeSession, Condition, ObjectResult } from '../../lib/index.js';
import { isObject } from '../../lib/text.js';
import type { Context } from '../context/context.js';
import { type StatusLine, statusLine } from '../context/conversation.js';
import type { GeneralOptions } from '../flags/general.js';
import { runOnNames } from './many.js';
import { type ChangeOptions, manyOptions, sentSwitches } from './options.js';

/** Starts, stops or deletes objects, and waits until that is done if the line asks for it. */
export async function runChange(
  command: 'start' | 'stop' | 'delete',
  options: ChangeOptions,
  context: Context,
): Promise<number> {
  const many = manyOptions(options);
  const timeout = options.wait === undefined ? undefined : parseDuration(options.wait);
  const change = { ...many, query: sentSwitches(options) };
  return runOnNames(options, context, {
    command,
    isAsked: command === 'delete' && !options.yes && !options.confirm,
    act: (objects, names, line) => {
      const results = objects[command](names, change);
      const condition = conditionAfter(objects.kind, command);
      if (timeout === undefined || condition === undefined) return results;
      return waitedFor(results, objects, condition, { ...waitOptions(line), ...many, timeout });
    },
  });
}

/** The results of a change: of what failed at once, and of the rest when the wait for it is over. */
async function* waitedFor(
  results: AsyncIterable<ObjectResult>,
  objects: ComputeObjects,
  condition: Condition,
  options: Parameters<ComputeObjects['waitFor']>[2],
): AsyncGenerator<ObjectResult> {
  const begun: string[] = [];
  for await (const result of results) {
    if (result.error) yield result;
    else begun.push(result.name);
  }
  yield* objects.waitFor(begun, condition, options);
}

/** Says what is waited for. */
export function waitOptions(line: StatusLine): Parameters<ComputeObjects['waitFor']>[2] {
  return {
    onLook: ({ name, state, waiting }) => line.show(`waiting for ${waiting}: ${name}: ${state}`),
  };
}

/** What `--for` says. @throws OracleComputeError USAGE */
export function readCondition(text: string): Condition {
  if (text === 'deleted' || text === 'delete') return 'deleted';
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (field !== undefined && value !== undefined) return { [field]: value };
  throw new OracleComputeError('USAGE', '--for takes FIELD=VALUE or deleted', { usage: 'wait' });
}

/** Waits until a new object, or what a launch plan makes, is ready. Gives what the service says of it then. */
export async function waitForAdded(
  added: unknown,
  session: ComputeSession,
  objects: ComputeObjects,
  timeout: number,
  options: GeneralOptions,
  context: Context,
): Promise<unknown> {
  const instances = isObject(added) && Array.isArray(added.instances) ? added.instances : undefined;
  const condition = conditionAfter(objects.kind, 'add', added);
  if (condition === undefined) return added;
  const names = (instances ?? [added]).flatMap((each) =>
    isObject(each) && typeof each.name === 'string' ? [each.name] : [],
  );
  const line = statusLine(options, context);
  const made = instances ? session.objects('instance') : objects;
  const ready: unknown[] = [];
  try {
    for await (const { object, error } of made.waitFor(names, condition, { ...waitOptions(line), timeout })) {
      if (error) throw error;
      ready.push(object);
    }
  } finally {
    line.clear();
  }
  return instances ? { ...(added as object), instances: ready } : ready[0];
}
