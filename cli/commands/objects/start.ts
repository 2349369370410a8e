import type { CommandModule } from '../../line/command.js';
import { runAction } from '../../objects/action.js';
import { NAMES, OBJECT_HELP } from '../../objects/help.js';
import { type NamedOptions, withName } from '../../objects/named.js';
import { SWITCHES, withObject } from '../../objects/parameters.js';

export const startCommand: CommandModule<NamedOptions> = {
  builder: (parser) => withName(withObject(parser)),
  switches: SWITCHES,
  run: (options, context) => runAction('start', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Starts an orchestration: the service makes the objects in it. The command ends at once; list or get shows the status. ${NAMES}`,
    examples: [['$0 orchestration /Compute-acme/jack.jones@example.com/web', 'make the objects of an orchestration']],
  },
};
