import { callOnObject } from '../../objects/calls.js';
import {
  type ChangeOptions,
  NAMES,
  OBJECT_HELP,
  sentSwitches,
  withName,
  withObject,
  withSwitches,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const deleteCommand: CommandModule<ChangeOptions> = {
  builder: (list) => withSwitches(withName(withObject(list))),
  run: (options, context) => callOnObject('delete', 'DELETE', options, context, () => sentSwitches(options)),
  help: {
    ...OBJECT_HELP,
    description: `Deletes an object, without a prompt. Prints nothing unless the service returns content. ${NAMES}`,
    examples: [
      ['$0 sshkey /Compute-acme/jack.jones@example.com/k', 'remove a key'],
      ['$0 orchestration "$NAME" --force', 'as scripts do'],
    ],
  },
};
