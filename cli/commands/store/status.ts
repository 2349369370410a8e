import { findSession, inspectStore } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { type ComputeOptions, withComputeOptions } from '../../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../../flags/general.js';
import { showChecks } from '../../output/checks.js';
import type { CommandModule } from '../../parser/command.js';
import { readSelection } from '../../settings/compute.js';
import { libraryEnvironment, requireStore } from '../../settings/general.js';

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
      'Checks the store of shared sessions: connection, certificate, version, permissions, encryption key, clock, lock, and number of sessions. Shows no secret and changes nothing that is in use.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ...STORE_ENVIRONMENT,
      ['OPC_CA_BUNDLE', 'additional CA certificates'],
    ],
    examples: [['$0 --store rediss://opc@cache.example.com', 'look at a store']],
    statuses: [0, 2, 3, 4],
  },
};
