import { parseDuration } from '../../../lib/clock.js';
import type { Context } from '../../context/context.js';
import { readCondition, waitOptions } from '../../objects/change.js';
import { runOnNames } from '../../objects/many.js';
import { type ManyOptions, manyOptions, NAMES, OBJECT_HELP, withNames } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export interface WaitOptions extends ManyOptions {
  readonly for: string;
  readonly interval?: string;
}

/** Waits until objects have a value in a field, or are deleted, and prints them. */
export async function runWait(options: WaitOptions, context: Context): Promise<number> {
  const condition = readCondition(options.for);
  const { timeout, interval = '5s', ...others } = options;
  const wait = {
    parallel: manyOptions(options, 'wait').parallel,
    timeout: parseDuration(timeout ?? '10m'),
    interval: parseDuration(interval),
  };
  // The time limit is that of the wait, not of a request.
  return runOnNames(others, context, {
    command: 'wait',
    isLook: true,
    act: (objects, names, line) => objects.waitFor(names, condition, { ...waitOptions(line), ...wait }),
  });
}

export const waitCommand: CommandModule<WaitOptions> = {
  builder: (list) =>
    withNames(list).options({
      for: { type: 'string', demandOption: true, describe: 'FIELD=VALUE, or deleted' },
      timeout: { type: 'string', describe: 'How long to wait: 90s, 1h (default 10m)' },
      interval: { type: 'string', describe: 'How often to look (default 5s)' },
    }),
  run: runWait,
  help: {
    ...OBJECT_HELP,
    statuses: [
      [0, 'all are there'],
      2,
      3,
      4,
      [5, 'one has failed'],
      9,
      10,
      '11-15',
      [75, 'the time is over, or the session is locked'],
    ],
    description: `Waits until objects have a value in a field, or are deleted, and shows them as get does, each when it is there. Looks at all of them again and again, with a token that is kept fresh. An object in the state error ends the wait for it; a service that fails for a while does not. ${NAMES}`,
    examples: [
      ['$0 orchestration web db --for status=ready', 'until both are ready'],
      ['$0 instance "$NAME" --for state=running --timeout 1h', 'for an hour at most'],
      ['oracle-compute discover instance "$CONTAINER" | $0 instance - --for deleted', 'until all are gone'],
    ],
  },
};
