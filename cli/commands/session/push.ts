import { pushSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../context/conversation.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { describeTimes } from '../../output/session-times.js';
import { requireStore } from '../../settings/general.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface PushOptions extends OciOptions, StoreOptions {
  readonly shareName?: string;
}

/** Encrypts a session for the other hosts: token, private key and profile. */
export async function runPush(options: PushOptions, context: Context): Promise<number> {
  const store = await requireStore(options, context);
  const pushed = await pushSession({ ...sessionOptions(options, context), store, sharedAs: options.shareName });
  infoLogger(options, context)(`shared as ${pushed.sharedAs}: ${describeTimes(pushed.times, context.clock.now())}`);
  return 0;
}

export const sessionPushCommand = defineOciCommand<PushOptions>({
  builder: (list) =>
    withStoreOption(withOciOptions(list)).option('share-name', {
      type: 'string',
      describe: 'Name for the other hosts (default: the profile name)',
    }),
  run: runPush,
  help: {
    description:
      'Encrypts a session (token, private key and profile) and stores it for other hosts, under a name; an existing session of that name is replaced. After that, `session refresh` with the same store refreshes once for all hosts.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile team --store rediss://opc@cache.example.com', 'share a session after a login']],
    statuses: [0, 2, 3, 10],
  },
});
