import type { Context } from '../../context/context.js';
import { runChange } from '../../objects/change.js';
import { CHANGE_HELP, type ChangeOptions, MANY, NAMES, withNames, withSwitches } from '../../objects/options.js';
import type { CommandModule } from '../../parser/command.js';

export const deleteCommand: CommandModule<ChangeOptions> = {
  builder: (list) =>
    withSwitches(withNames(list)).option('yes', {
      alias: 'y',
      type: 'boolean',
      describe: 'Do not ask before several objects are deleted',
    }),
  run: (options: ChangeOptions, context: Context) => runChange('delete', options, context),
  help: {
    ...CHANGE_HELP,
    description: `Deletes objects. On a terminal, asks once if there are several, unless --yes is given. Prints nothing. ${MANY} ${NAMES}`,
    examples: [
      ['$0 sshkey /Compute-acme/jack.jones@example.com/k', 'remove a key'],
      ['$0 orchestration "$NAME" --force --wait', 'and wait until it is gone'],
      ['oracle-compute discover snapshot /Compute-acme/jack.jones@example.com | $0 snapshot -', 'all in a container'],
    ],
  },
};
