import type { Context } from '../../context/context.js';
import { runChange } from '../../objects/change.js';
import { CHANGE_HELP, type ChangeOptions, MANY, NAMES, withNames, withSwitches } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const startCommand: CommandModule<ChangeOptions> = {
  builder: (list) => withSwitches(withNames(list)),
  run: (options: ChangeOptions, context: Context) => runChange('start', options, context),
  help: {
    ...CHANGE_HELP,
    description: `Starts orchestrations: the service creates their objects. Waits for them with --wait only. ${MANY} ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web', 'make the objects of an orchestration'],
      ['$0 orchestration web db --wait 20m', 'and wait until both are ready'],
    ],
  },
};
