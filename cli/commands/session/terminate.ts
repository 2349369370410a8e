import { isOracleComputeError } from '../../../lib/errors.js';
import { ownConfigFile, profileNameOf } from '../../../lib/oci/config/choose-profile.js';
import { terminateSession } from '../../../lib/oci/terminate-session.js';
import { formatInstant } from '../../../lib/session/duration.js';
import { noteTo } from '../../options/general.js';
import { defineOciCommand } from '../../options/oci/command.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci/options.js';
import { noteProtected, readChosenSession } from '../../options/oci/session.js';
import type { World } from '../../world/world.js';

/** Removes a session from this machine. The service goes on accepting its token until that expires. */
export async function runTerminate(options: OciOptions, world: World): Promise<number> {
  const { clock, home, interruption: signal } = world;
  const configFile = ownConfigFile(options, world);
  const { value: profile } = await profileNameOf(options, world);
  const expiresAt = await tokenEnd({ ...options, configFile, profile }, world);
  await noteProtected(configFile, options, world);
  const { keptFiles } = await terminateSession(configFile, profile, { clock, home, env: world.env, signal });
  if (options.quiet) return 0;
  world.stderr.write(`Successfully removed profile: ${profile} from config: ${configFile}\n`);
  const note = noteTo(options, world);
  if (keptFiles.length > 0)
    note(`left where they are, because they are not this session’s own: ${keptFiles.join(', ')}`);
  if (expiresAt !== undefined && expiresAt > clock.now()) {
    note(`whoever has a copy of the token can use it until ${formatInstant(expiresAt)}: OCI cannot revoke it`);
  }
  return 0;
}

/** A session can be removed whatever state its files are in. */
async function tokenEnd(options: OciOptions, world: World): Promise<number | undefined> {
  try {
    const { readSecurityToken } = await import('../../../lib/oci/credentials/credential-files.js');
    const { securityTokenFile } = await readChosenSession(options, { ...world, env: {} });
    return (await readSecurityToken(securityTokenFile)).expiresAt;
  } catch (error) {
    if (isOracleComputeError(error)) return undefined;
    throw error;
  }
}

export const sessionTerminateCommand = defineOciCommand<OciOptions>({
  builder: withOciOptions,
  run: runTerminate,
  help: {
    description:
      'Removes a session from this machine: its profile, its token and its key. Files that another profile uses stay. Nothing is sent to OCI, which cannot revoke a token: a copy of it stays good until its time.',
    environment: OCI_ENVIRONMENT,
    examples: [['$0 --profile TokenDemo', 'remove this session']],
    statuses: [
      [0, 'removed'],
      [2, 'a file cannot be removed'],
      [4, 'there is no such session'],
      [75, 'another process kept the session for too long'],
    ],
  },
});
