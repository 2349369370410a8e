import { callOnObject } from '../../objects/calls.js';
import { NAMES, type NamedOptions, OBJECT_HELP, withName, withObject } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const getCommand: CommandModule<NamedOptions> = {
  builder: (list) => withName(withObject(list)),
  run: (options, context) => callOnObject('get', 'GET', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Shows one object: its fields on a terminal, a row in a pipe, or with -f json exactly what the service sends. ${NAMES}`,
    examples: [
      ['$0 shape oc3', 'a public object'],
      ['$0 instance "$NAME" -F vcable_id -H', 'one field, for a script'],
      ['$0 imagelistentry /Compute-acme/jack.jones@example.com/ol7 2', 'version 2 of an image list'],
    ],
  },
};
