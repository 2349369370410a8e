import { pullSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, sessionOptions, withOciOptions } from '../../flags/oci.js';
import { requireStore, STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/store.js';
import { askForName, reportInstalled } from '../../output/new-session.js';

export interface PullOptions extends OciOptions, StoreOptions {
  readonly profileName?: string;
  readonly force?: boolean;
}

/** Makes a session that another host has pushed one of this machine, as an import does. */
export async function runPull(options: PullOptions, context: Context): Promise<number> {
  const store = await requireStore(options, context);
  const installed = await pullSession(options.profile ?? (context.env.OCI_CLI_PROFILE || 'DEFAULT'), {
    ...sessionOptions(options, context),
    store,
    profile: options.profileName,
    replace: options.force,
    evenIfExpired: options.force,
    profileName: askForName(context),
  });
  return reportInstalled(installed, options, context);
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
