import type { CommandModule } from '../../line/command.js';
import { runAction } from '../../objects/action.js';
import { NAMES, OBJECT_HELP } from '../../objects/help.js';
import { type NamedOptions, withName } from '../../objects/named.js';
import { SWITCHES, withObject } from '../../objects/parameters.js';

export const stopCommand: CommandModule<NamedOptions> = {
  builder: (parser) => withName(withObject(parser)),
  switches: SWITCHES,
  run: (options, context) => runAction('stop', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Stops an orchestration: the service removes the objects that it made. The command ends at once; list or get shows the status. Other options are for the service: --force. ${NAMES}`,
    examples: [
      ['$0 orchestration /Compute-acme/jack.jones@example.com/web --force', 'remove the objects of an orchestration'],
    ],
  },
};
