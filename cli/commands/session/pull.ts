import { pullSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { askForName, reportInstalled } from '../../output/new-session.js';
import { requireStore } from '../../settings/general.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

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
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: the shared name)' })
      .option('force', { type: 'boolean', describe: 'Replace the shared session of that name' }),
  run: runPull,
  help: {
    description:
      'Gets a session that another host has shared with `session push`, with the checks of `session import`. After that, `session refresh` with the same store refreshes once for all hosts.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile team --store rediss://opc@cache.example.com', 'take the session that is shared as team']],
    statuses: [0, 2, 3, 4, 10],
  },
});
