import { packSession } from '../../../lib/oci/archive/export-session.js';
import { noteInProfile } from '../../../lib/oci/config/note-in-profile.js';
import { sessionProfile } from '../../../lib/oci/config/session-profile.js';
import { assertNotExpired } from '../../../lib/oci/refresh-session.js';
import { openShared, SHARED_SESSION_KEY } from '../../../lib/oci/shared-session.js';
import { readSession } from '../../../lib/oci/token-file-store.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../flags/general.js';
import { noteProtected, readWrittenProfile } from '../../flags/oci/session.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/store.js';
import { describeTimes } from '../../output/session-times.js';
import { requireStore, sharingParts } from '../../session/share-oci.js';

export interface PushOptions extends OciOptions, StoreOptions {
  readonly shareName?: string;
}

/** Encrypts a session for the other hosts: token, private key and profile. */
export async function runPush(options: PushOptions, context: Context): Promise<number> {
  const { clock, home } = context;
  const settings = await requireStore(options, context);
  const profile = await readWrittenProfile(options, context);
  const session = sessionProfile(profile, home);
  const name = options.shareName ?? profile.name;
  const { token, times, writtenAt } = await readSession(session, clock);
  assertNotExpired(times, clock.now(), session.securityTokenFile);
  const { bytes: archive } = await packSession(profile, { home, now: clock.now() });
  const shared = await openShared(sharingParts(name, settings, context));
  await shared.overwrite({ token, ...times, writtenAt, archive });
  await noteProtected(session.configFile, options, context);
  await noteInProfile(session, SHARED_SESSION_KEY, name, clock);
  infoLogger(options, context)(`shared as ${name}: ${describeTimes(times, clock.now())}`);
  return 0;
}

export const sessionPushCommand = defineOciCommand<PushOptions>({
  builder: (list) =>
    withStoreOption(withOciOptions(list)).option('share-name', {
      type: 'string',
      describe: 'Name for the other hosts (default: that of the profile)',
    }),
  run: runPush,
  help: {
    description:
      'Encrypts a session, token, private key and profile, and keeps it in a store for other hosts, in place of what the store has under that name. `session refresh` with the same store then refreshes once for all of them.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile team --store rediss://opc@cache.example.com', 'share a session after a login']],
    statuses: [
      [0, 'the store has the session'],
      [2, 'the store refuses, or what it has is encrypted with an unknown key'],
      [3, 'the store cannot be reached'],
      [10, 'the session is over'],
    ],
  },
});
