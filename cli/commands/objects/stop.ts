import type { Context } from '../../context/context.js';
import { runChange } from '../../objects/change.js';
import { CHANGE_HELP, type ChangeOptions, MANY, NAMES, withNames, withSwitches } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const stopCommand: CommandModule<ChangeOptions> = {
  builder: (list) => withSwitches(withNames(list)),
  run: (options: ChangeOptions, context: Context) => runChange('stop', options, context),
  help: {
    ...CHANGE_HELP,
    description: `Stops orchestrations: the service deletes their objects. Waits for that with --wait only. ${MANY} ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web --force', 'remove the objects of an orchestration'],
      ['$0 orchestration web db --wait', 'and wait until both are stopped'],
    ],
  },
};
