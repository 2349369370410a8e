import { formatInstant } from '../../../lib/clock.js';
import { terminateSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { readStoreOptions } from '../../settings/general.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface TerminateOptions extends OciOptions, Pick<StoreOptions, 'store'> {}

/** Removes a session from this machine, and ends it for the hosts that share it. The service goes on accepting its token until that expires. */
export async function runTerminate(options: TerminateOptions, context: Context): Promise<number> {
  const store = () => readStoreOptions(options, context);
  const terminated = await terminateSession({ ...sessionOptions(options, context), store });
  const { profile, configFile, expiresAt, keptFiles, isStillShared, untold } = terminated;
  const note = infoLogger(options, context);
  if (!options.quiet) context.stderr.write(`Successfully removed profile: ${profile} from config: ${configFile}\n`);
  if (isStillShared)
    note('other hosts can still take the session from the store that they share: name it with --store to end it there');
  if (keptFiles.length > 0)
    note(`left where they are, because they are not this session’s own: ${keptFiles.join(', ')}`);
  if (expiresAt !== undefined && expiresAt > context.clock.now()) {
    note(`whoever has a copy of the token can use it until ${formatInstant(expiresAt)}: OCI cannot revoke it`);
  }
  if (untold !== undefined) throw untold;
  return 0;
}

export const sessionTerminateCommand = defineOciCommand<TerminateOptions>({
  builder: (list) => withStoreOption(withOciOptions(list)),
  run: runTerminate,
  help: {
    description:
      'Removes a session from this machine: profile, token and key. Files of other profiles are kept. If hosts share the session in a store, it ends for all of them. OCI cannot revoke a token: a copy is valid until it expires.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile TokenDemo', 'remove this session']],
    statuses: [0, 2, [3, 'the store cannot be reached: the session is removed from this host only'], 4, 75],
  },
});
