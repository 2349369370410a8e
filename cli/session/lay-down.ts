import { join } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { checkArchivedName, limitReach } from '../../lib/oci/archive/archive-reach.js';
import type { ArchivedSession } from '../../lib/oci/archive/import-session.js';
import { ownConfigFile } from '../../lib/oci/config/choose-profile.js';
import type { ConfigChanges } from '../../lib/oci/config/config-edit.js';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { sessionEndEntry } from '../../lib/oci/config/session-profile.js';
import { foreignOwner, tokenTimes } from '../../lib/oci/credentials/security-token.js';
import { existingProfile, type SaveParts, saveSession } from '../../lib/oci/login/save-session.js';
import { ownerOf } from '../../lib/oci/login/try-login.js';
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
 * @param replace which profiles of that name may be replaced
 */
export async function layDown(
  given: ArchivedSession,
  from: string,
  { notes, replace }: { readonly notes: ConfigChanges; readonly replace: SaveParts['replace'] },
  options: LayDownOptions,
  world: World,
): Promise<number> {
  const { clock, home, interruption: signal } = world;
  const { archived, leftOut } = await limitReach(given, from, options, world);
  const times = tokenTimes(archived.token, clock.now(), archived.notedSessionEnd);
  if (!options.force) assertNotExpired(times, clock.now(), from);
  const configFile = ownConfigFile(options, world);
  const profile = await chooseName(archived, from, configFile, replace, options, world);
  const sessionsFolder = join(home, '.oci', 'sessions');
  refuseUnsafePath(join(sessionsFolder, profile));
  const { keyText, publicKeyPem, fingerprint, tenancy, region, passphrase, token, further } = archived;
  const end = times.sessionExpiresAt === token.sessionExpiresAt ? undefined : times.sessionExpiresAt;
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
      // A token that does not say its end, or a later one than there can be, would begin its day at every look.
      further: [...further, sessionEndEntry(end), ...notes],
    },
    { clock, home, env: world.env, signal, replace },
  );
  if (leftOut.length > 0) {
    const keys = leftOut.join(', ');
    noteTo(options, world)(`not taken over, because they are no part of a session (--keep-keys): ${keys}`);
  }
  const said = `Imported profile ${profile} written to:`;
  reportNewSession({ profile, configFile, region, token, times, said }, options, world);
  return 0;
}

/** The name in the archive, or another one where that is taken. */
async function chooseName(
  archived: ArchivedSession,
  from: string,
  configFile: string,
  replace: SaveParts['replace'],
  options: LayDownOptions,
  world: World,
): Promise<string> {
  const free = async (name: string) => {
    const existing = await existingProfile(configFile, checkProfileName(name, { blanks: true }), replace);
    const owner = replace === 'any' ? undefined : await ownerOf(existing, world.home);
    const whose = owner && foreignOwner(archived.token, owner);
    if (whose === undefined) return name;
    const reason = `its session is for ${whose} than that of the profile [${name}]`;
    throw new OracleComputeError('TOKEN_FOREIGN', `${from}: ${reason}`, { origin: from, reason, profile: name });
  };
  try {
    return await free(checkArchivedName(archived, from, options));
  } catch (error) {
    const isAboutName = isOracleComputeError(error, 'PROFILE_EXISTS', 'TOKEN_FOREIGN', 'ARCHIVE_OVERREACHES');
    if (!isAboutName || !canAsk(world)) throw error;
    world.stderr.write(`${describeError(error)}
`);
    return askUntil('Another name for the profile: ', world, free);
  }
}
