import { parseDuration } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { Condition, WaitOptions } from '../../lib/index.js';
import type { Context } from '../context/context.js';
import type { StatusLine } from '../context/conversation.js';
import { runOnNames } from './many.js';
import { type ChangeOptions, manyOptions, sentSwitches } from './options.js';

/** Starts, stops or deletes objects, and waits until that is done if the line asks for it. */
export async function runChange(
  command: 'start' | 'stop' | 'delete',
  options: ChangeOptions,
  context: Context,
): Promise<number> {
  const many = manyOptions(options, command);
  const timeout = options.wait === undefined ? undefined : parseDuration(options.wait);
  const query = sentSwitches(options);
  return runOnNames(options, context, {
    command,
    isAsked: command === 'delete' && !options.yes && !options.confirm,
    act: (objects, names, line) => {
      const wait = timeout === undefined ? undefined : { ...waitOptions(line), timeout };
      return objects[command](names, { ...many, query, wait });
    },
  });
}

/** Says what is waited for. */
export function waitOptions(line: StatusLine): WaitOptions {
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
