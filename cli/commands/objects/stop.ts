import { type ChangeOptions, NAMES, OBJECT_HELP, withName, withObject, withSwitches } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import { runAction } from './start.js';

export const stopCommand: CommandModule<ChangeOptions> = {
  builder: (list) => withSwitches(withName(withObject(list))),
  run: (options, context) => runAction('stop', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Stops an orchestration: the service deletes its objects. The command does not wait for that; list or get shows the status. ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web --force', 'remove the objects of an orchestration'],
    ],
  },
};
