import { callOnObject } from '../../objects/calls.js';
import {
  NAMES,
  type NamedOptions,
  OBJECT_HELP,
  SWITCHES,
  sentParameters,
  withName,
  withObject,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const deleteCommand: CommandModule<NamedOptions> = {
  builder: (list) => withName(withObject(list)),
  switches: SWITCHES,
  run: (options, context) => callOnObject('delete', 'DELETE', options, context, () => sentParameters(options)),
  help: {
    ...OBJECT_HELP,
    description: `Removes one object without a prompt. Prints nothing, unless the answer of the service has content. ${NAMES} Other options are for the service: --force.`,
    examples: [
      ['$0 sshkey /Compute-acme/jack.jones@example.com/k', 'remove a key'],
      ['$0 orchestration "$NAME" --force', 'as scripts do'],
    ],
  },
};
