import { createStoreKey } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { type GeneralOptions, STORE_KEY_VARIABLE, withGeneralOptions } from '../../flags/general.js';
import type { CommandModule } from '../../parser/command.js';

/** Prints a new key for the key file of a store. */
export async function runStoreKey(options: GeneralOptions, context: Context): Promise<number> {
  const key = createStoreKey();
  context.stdout.write(options.format === 'json' ? `${JSON.stringify({ key })}\n` : `${key}\n`);
  return 0;
}

export const storeKeyCommand: CommandModule<GeneralOptions> = {
  builder: (list) => withGeneralOptions(list),
  run: runStoreKey,
  help: {
    description:
      'Prints a new random key for the file in OPC_SESSION_STORE_KEY_FILE. All hosts of a fleet have the same file, one key per line: the first key encrypts, all of them decrypt. To change the key, add the new one as a second line everywhere, then make it the first line everywhere, then remove the old one.',
    environment: [[STORE_KEY_VARIABLE, 'where the other commands look for the key']],
    examples: [['(umask 077; $0 > store.key)', 'make the key file of a fleet']],
    statuses: [0],
  },
};
