import { NAMES, type NamedOptions, OBJECT_HELP, SWITCHES, withName, withObject } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';
import { runAction } from './start.js';

export const stopCommand: CommandModule<NamedOptions> = {
  builder: (list) => withName(withObject(list)),
  switches: SWITCHES,
  run: (options, context) => runAction('stop', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Stops an orchestration: the service removes the objects that it made. The command does not wait for that; list or get shows the status. Other options are for the service: --force. ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web --force', 'remove the objects of an orchestration'],
    ],
  },
};
