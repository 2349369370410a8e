import { findSession, inspectStore } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { type ComputeOptions, readSelection, withComputeOptions } from '../../flags/compute.js';
import { libraryEnvironment } from '../../flags/general.js';
import { requireStore, STORE_ENVIRONMENT, withStoreOption } from '../../flags/store.js';
import { showChecks } from '../../output/checks.js';
import type { CommandModule } from '../../parser/command.js';

/** Looks at the store that hosts share sessions in, and at what it keeps for one user. */
export async function runStoreStatus(options: ComputeOptions, context: Context): Promise<number> {
  const { selection } = await readSelection(options, context);
  const store = await requireStore(options, context);
  const account = await findSession({ ...selection, token: undefined, store: undefined });
  return showChecks(await inspectStore(store, { ...libraryEnvironment(context), account }), options, context);
}

export const storeStatusCommand: CommandModule<ComputeOptions> = {
  builder: (list) => withStoreOption(withComputeOptions(list)),
  run: runStoreStatus,
  help: {
    description:
      'Looks at the store that hosts share sessions in: whether it can be reached, its certificate, its version, whether its ACL allows what is needed, whether the key file opens what it keeps, how far the clocks are apart, who works on the session of this user and since when, and how many sessions there are. Shows no secret and changes nothing that anybody uses.',
    environment: [
      ['OPC_API', 'address of the service'],
      ['OPC_USER', 'user, /customer/name'],
      ...STORE_ENVIRONMENT,
      ['OPC_CA_BUNDLE', 'certificate authorities to trust as well'],
    ],
    examples: [['$0 --store rediss://opc@cache.example.com', 'look at a store']],
    statuses: [
      [0, 'all is in order'],
      [2, 'the store refuses the password or the ACL, or its session is encrypted with an unknown key'],
      [3, 'the store cannot be reached'],
      [4, 'what the store keeps, or the key file, is damaged'],
    ],
  },
};
