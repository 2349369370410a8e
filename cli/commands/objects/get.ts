import type { Context } from '../../context/context.js';
import { runOnNames } from '../../objects/many.js';
import {
  MANY,
  type ManyOptions,
  manyOptions,
  NAMES,
  OBJECT_HELP,
  withFailFast,
  withNames,
} from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

/** Prints objects: one by itself, several as a list. */
export async function runGet(options: ManyOptions, context: Context): Promise<number> {
  const many = manyOptions(options, 'get');
  return runOnNames(options, context, {
    command: 'get',
    isLook: true,
    act: (objects, names) => objects.get(names, many),
  });
}

export const getCommand: CommandModule<ManyOptions> = {
  builder: (list) => withFailFast(withNames(list)),
  run: runGet,
  help: {
    ...OBJECT_HELP,
    description: `Shows objects. One: its fields on a terminal, a row in a pipe, or with -f json exactly what the service sends. Several: a list, as that of list. ${MANY} ${NAMES}`,
    examples: [
      ['$0 shape oc3', 'a public object'],
      ['$0 instance "$NAME" -F vcable_id -H', 'one field, for a script'],
      ['$0 orchestration web db cache -F name,status', 'several objects, as a table'],
      [
        'oracle-compute discover seclist /Compute-acme/jack.jones@example.com | $0 seclist - -f json',
        'all in a container',
      ],
      ['$0 imagelistentry /Compute-acme/jack.jones@example.com/ol7 2', 'version 2 of an image list'],
    ],
  },
};
