import { isOracleComputeError } from '../../../lib/errors.js';
import { ownConfigFile, profileNameOf } from '../../../lib/oci/config/choose-profile.js';
import { SHARED_SESSION_KEY } from '../../../lib/oci/shared-session.js';
import { terminateSession } from '../../../lib/oci/terminate-session.js';
import { formatInstant } from '../../../lib/session/duration.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../flags/general.js';
import { noteProtected, readChosenSession } from '../../flags/oci/session.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { STORE_ENVIRONMENT, type StoreOptions, withStoreOption } from '../../flags/store.js';
import { sharingOfProfile } from '../../session/share-oci.js';

export interface TerminateOptions extends OciOptions, Pick<StoreOptions, 'store'> {}

/** Removes a session from this machine, and ends it for the hosts that share it. The service goes on accepting its token until that expires. */
export async function runTerminate(options: TerminateOptions, context: Context): Promise<number> {
  const { clock, home, interruption: signal } = context;
  const configFile = ownConfigFile(options, context);
  const { value: profile } = await profileNameOf(options, context);
  const session = await readIfSound({ ...options, configFile, profile }, context);
  const expiresAt = session?.expiresAt;
  const sharing = session && (await sharingOfProfile(session, { ...options, configFile }, context));
  await noteProtected(configFile, options, context);
  const parts = { clock, home, env: context.env, signal, ...sharing };
  const { keptFiles, untold } = await terminateSession(configFile, profile, parts);
  const note = infoLogger(options, context);
  if (!options.quiet) context.stderr.write(`Successfully removed profile: ${profile} from config: ${configFile}\n`);
  if (session?.values.has(SHARED_SESSION_KEY) && !sharing?.share)
    note('other hosts can still take the session from the store that they share: name it with --store to end it there');
  if (keptFiles.length > 0)
    note(`left where they are, because they are not this session’s own: ${keptFiles.join(', ')}`);
  if (expiresAt !== undefined && expiresAt > clock.now()) {
    note(`whoever has a copy of the token can use it until ${formatInstant(expiresAt)}: OCI cannot revoke it`);
  }
  if (untold !== undefined) throw untold;
  return 0;
}

/** A session can be removed even if its files are damaged. */
async function readIfSound(options: OciOptions, context: Context) {
  try {
    const { readSecurityToken } = await import('../../../lib/oci/credentials/credential-files.js');
    const session = await readChosenSession(options, { ...context, env: {} });
    return { ...session, expiresAt: (await readSecurityToken(session.securityTokenFile)).expiresAt };
  } catch (error) {
    if (isOracleComputeError(error)) return undefined;
    throw error;
  }
}

export const sessionTerminateCommand = defineOciCommand<TerminateOptions>({
  builder: (list) => withStoreOption(withOciOptions(list)),
  run: runTerminate,
  help: {
    description:
      'Removes a session from this machine: its profile, its token and its key. Files that another profile uses stay. Where hosts share it in a store, the store keeps a mark in its place, and it ends for them when they next look. Nothing is sent to OCI, which cannot revoke a token: a copy of it stays good until its time.',
    environment: [...OCI_ENVIRONMENT, ...STORE_ENVIRONMENT],
    examples: [['$0 --profile TokenDemo', 'remove this session']],
    statuses: [
      [0, 'removed'],
      [2, 'a file cannot be removed'],
      [3, 'removed here, but the store could not be told'],
      [4, 'there is no such session'],
      [75, 'another process kept the session for too long'],
    ],
  },
});
