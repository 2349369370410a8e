import { callOnObject } from '../../objects/calls.js';
import { NAMES, type NamedOptions, OBJECT_HELP, withName, withObject } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const getCommand: CommandModule<NamedOptions> = {
  builder: (list) => withName(withObject(list)),
  run: (options, context) => callOnObject('get', 'GET', options, context),
  help: {
    ...OBJECT_HELP,
    description: `Shows one object: as a row, or with -f json exactly as the service sends it. ${NAMES}`,
    examples: [
      ['$0 shape oc3', 'an object that all customers share'],
      ['$0 instance "$NAME" -F vcable_id -H', 'one field, for a script'],
      ['$0 imagelistentry /Compute-acme/jack.jones@example.com/ol7 2', 'version 2 of an image list'],
    ],
  },
};
