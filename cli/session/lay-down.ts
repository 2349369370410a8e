import { join } from 'node:path';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { checkArchivedName, importPolicy } from '../../lib/oci/archive/archive-reach.js';
import type { ArchivedSession } from '../../lib/oci/archive/import-session.js';
import { ownConfigFile } from '../../lib/oci/config/choose-profile.js';
import type { ConfigChanges } from '../../lib/oci/config/config-edit.js';
import { checkProfileName } from '../../lib/oci/config/profile-name.js';
import { sessionEndEntry } from '../../lib/oci/config/session-profile.js';
import { foreignOwner, tokenTimes } from '../../lib/oci/credentials/security-token.js';
import { existingProfile, type SaveParts, saveSession } from '../../lib/oci/login/save-session.js';
import { ownerOf } from '../../lib/oci/login/try-login.js';
import { assertNotExpired } from '../../lib/oci/refresh-session.js';
import type { Context } from '../context/context.js';
import { describeError } from '../errors/error-text.js';
import { infoLogger } from '../options/general.js';
import { askUntil, refuseUnsafePath } from '../options/oci/login.js';
import type { OciOptions } from '../options/oci/options.js';
import { noteProtected } from '../options/oci/session.js';
import { canPrompt } from '../options/password.js';
import { reportNewSession } from '../output/new-session.js';

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
export async function installSession(
  given: ArchivedSession,
  from: string,
  { notes, replace }: { readonly notes: ConfigChanges; readonly replace: SaveParts['replace'] },
  options: LayDownOptions,
  context: Context,
): Promise<number> {
  const { clock, home, interruption: signal } = context;
  const { archived, leftOut } = await importPolicy(given, from, options, context);
  const times = tokenTimes(archived.token, clock.now(), archived.notedSessionEnd);
  if (!options.force) assertNotExpired(times, clock.now(), from);
  const configFile = ownConfigFile(options, context);
  const profile = await chooseName(archived, from, configFile, replace, options, context);
  const sessionsFolder = join(home, '.oci', 'sessions');
  refuseUnsafePath(join(sessionsFolder, profile));
  const { keyText, publicKeyPem, fingerprint, tenancy, region, passphrase, token, further } = archived;
  const end = times.sessionExpiresAt === token.sessionExpiresAt ? undefined : times.sessionExpiresAt;
  await noteProtected(configFile, options, context);
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
    { clock, home, env: context.env, signal, replace },
  );
  if (leftOut.length > 0) {
    const keys = leftOut.join(', ');
    infoLogger(options, context)(`not taken over, because they are no part of a session (--keep-keys): ${keys}`);
  }
  const said = `Imported profile ${profile} written to:`;
  reportNewSession({ profile, configFile, region, token, times, said }, options, context);
  return 0;
}

/** The name in the archive, or another one where that is taken. */
async function chooseName(
  archived: ArchivedSession,
  from: string,
  configFile: string,
  replace: SaveParts['replace'],
  options: LayDownOptions,
  context: Context,
): Promise<string> {
  const free = async (name: string) => {
    const existing = await existingProfile(configFile, checkProfileName(name, { blanks: true }), replace);
    const owner = replace === 'any' ? undefined : await ownerOf(existing, context.home);
    const whose = owner && foreignOwner(archived.token, owner);
    if (whose === undefined) return name;
    const reason = `its session is for ${whose} than that of the profile [${name}]`;
    throw new OracleComputeError('TOKEN_FOREIGN', `${from}: ${reason}`, { origin: from, reason, profile: name });
  };
  try {
    return await free(checkArchivedName(archived, from, options));
  } catch (error) {
    const isAboutName = isOracleComputeError(error, 'PROFILE_EXISTS', 'TOKEN_FOREIGN', 'ARCHIVE_OVERREACHES');
    if (!isAboutName || !canPrompt(context)) throw error;
    context.stderr.write(`${describeError(error)}
`);
    return askUntil('Another name for the profile: ', context, free);
  }
}
