import { OracleComputeError } from '../../../lib/errors.js';
import { readSessionBytes } from '../../../lib/oci/archive/import-session.js';
import { assertNotExpired } from '../../../lib/oci/refresh-session.js';
import { openShared, SHARED_SESSION_KEY } from '../../../lib/oci/shared-session.js';
import type { Context } from '../../context/context.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/store.js';
import { installFromLine } from '../../session/install.js';
import { requireStore, sharingParts } from '../../session/share-oci.js';

export interface PullOptions extends OciOptions, StoreOptions {
  readonly profileName?: string;
  readonly force?: boolean;
}

/** Lays down a session that another host has pushed, as an import does. */
export async function runPull(options: PullOptions, context: Context): Promise<number> {
  const settings = await requireStore(options, context);
  const name = options.profile ?? (context.env.OCI_CLI_PROFILE || 'DEFAULT');
  const shared = await (await openShared(sharingParts(name, settings, context))).peek();
  const store = settings.address.text;
  if (!shared) {
    throw new OracleComputeError('STORE_SESSION_MISSING', `${store} has no session of the name ${name}`, {
      store,
      name,
    });
  }
  assertNotExpired(shared, context.clock.now(), store);
  const archived = await readSessionBytes(shared.archive, store, shared.token);
  const session = { ...archived, profile: name, notedSessionEnd: shared.sessionExpiresAt };
  const replace = options.force ? { sharedAs: name } : 'none';
  return installFromLine(session, store, { notes: [[SHARED_SESSION_KEY, name]], replace }, options, context);
}

export const sessionPullCommand = defineOciCommand<PullOptions>({
  builder: (list) =>
    withStoreOption(withOciOptions(list))
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: the name that it is shared by)' })
      .option('force', { type: 'boolean', describe: 'Replace the session that is shared by that name' }),
  run: runPull,
  help: {
    description:
      'Lays down a session that another host has pushed to a store, with the checks of `session import`. `session refresh` with the same store then shares its refresh: one host asks OCI, the others take the new token.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile team --store rediss://opc@cache.example.com', 'take the session that is shared as team']],
    statuses: [
      [0, 'the session is there'],
      [2, 'a profile of that name exists; the store refuses, or its session is encrypted with an unknown key'],
      [3, 'the store cannot be reached'],
      [4, 'what the store keeps is damaged'],
      [10, 'the store has no such session, or it is over'],
    ],
  },
});
