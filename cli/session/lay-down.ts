import { join } from 'node:path';
import { isOracleComputeError } from '../../lib/errors.js';
import { checkArchivedName, limitReach } from '../../lib/oci/archive/archive-reach.js';
import type { ArchivedSession } from '../../lib/oci/archive/import-session.js';
import { ownConfigFile } from '../../lib/oci/config/choose-profile.js';
import type { ConfigChanges } from '../../lib/oci/config/config-edit.js';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { SESSION_END_KEY, sessionEndEntry } from '../../lib/oci/config/session-profile.js';
import { tokenTimes } from '../../lib/oci/credentials/security-token.js';
import { existingProfile, saveSession } from '../../lib/oci/login/save-session.js';
import { assertNotExpired } from '../../lib/oci/refresh-session.js';
import { describeError } from '../errors/error-text.js';
import { noteTo } from '../options/general.js';
import { askUntil, refuseUnsafePath } from '../options/oci/login.js';
import type { OciOptions } from '../options/oci/options.js';
import { noteProtected } from '../options/oci/session.js';
import { canAsk } from '../options/password.js';
import { reportNewSession } from '../output/new-session.js';
import type { World } from '../world/world.js';

export interface LayDownOptions extends OciOptions {
  readonly profileName?: string;
  readonly keepKeys?: boolean;
  readonly force?: boolean;
}

/**
 * Makes a session of an archive one of this host.
 *
 * @param from where the archive is from, for messages
 * @param notes further keys of ours for the profile
 */
export async function layDown(
  given: ArchivedSession,
  from: string,
  notes: ConfigChanges,
  options: LayDownOptions,
  world: World,
): Promise<number> {
  const { clock, home, interruption: signal } = world;
  const { archived, leftOut } = await limitReach(given, from, options, world);
  const notedEnd = notedSessionEnd(archived);
  const times = tokenTimes(archived.token, clock.now(), notedEnd);
  if (!options.force) assertNotExpired(times, clock.now(), from);
  const configFile = ownConfigFile(options, world);
  const profile = await chooseName(archived, from, configFile, options, world);
  const sessionsFolder = join(home, '.oci', 'sessions');
  refuseUnsafePath(join(sessionsFolder, profile));
  const { keyText, publicKeyPem, fingerprint, tenancy, region, passphrase, token, further } = archived;
  await noteProtected(configFile, options, world);
  await saveSession(
    {
      profile,
      configFile,
      sessionsFolder,
      token: token.value,
      key: { content: keyText },
      publicKeyPem,
      fingerprint,
      tenancy,
      region,
      passphrase,
      further: [...further.filter(([key]) => key !== SESSION_END_KEY), sessionEndEntry(notedEnd), ...notes],
    },
    { clock, home, env: world.env, signal, replace: options.force ? 'any' : 'none' },
  );
  if (leftOut.length > 0) {
    const keys = leftOut.join(', ');
    noteTo(options, world)(`not taken over, because they are no part of a session (--keep-keys): ${keys}`);
  }
  const said = `Imported profile ${profile} written to:`;
  reportNewSession({ profile, configFile, region, token, times, said }, options, world);
  return 0;
}

function notedSessionEnd({ further }: ArchivedSession): number | undefined {
  const noted = Date.parse(further.find(([key]) => key === SESSION_END_KEY)?.[1] ?? '');
  return Number.isNaN(noted) ? undefined : noted;
}

/** The name in the archive, or another one where that is taken. */
async function chooseName(
  archived: ArchivedSession,
  from: string,
  configFile: string,
  options: LayDownOptions,
  world: World,
): Promise<string> {
  const free = async (name: string) => {
    await existingProfile(configFile, checkProfileName(name, { blanks: true }), options.force ? 'any' : 'none');
    return name;
  };
  try {
    return await free(checkArchivedName(archived, from, options));
  } catch (error) {
    if (!isOracleComputeError(error, 'PROFILE_EXISTS', 'ARCHIVE_OVERREACHES') || !canAsk(world)) throw error;
    world.stderr.write(`${describeError(error)}\n`);
    return askUntil('Another name for the profile: ', world, free);
  }
}
