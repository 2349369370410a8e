import { readRcDefaults } from '../../../lib/oci/config/rc-defaults.js';
import type { CommandModule } from '../../parser/command.js';
import type { OciOptions } from './options.js';

/** A command of OCI: what its line does not say is taken from the file with defaults of Oracle's CLI. */
export function defineOciCommand<O extends OciOptions>(command: CommandModule<O>): CommandModule<O> {
  return {
    ...command,
    run: async (options, context, path) => {
      const defaults = await readRcDefaults(options, path, context);
      return command.run({ ...options, ...(defaults && { defaults }) }, context, path);
    },
  };
}
