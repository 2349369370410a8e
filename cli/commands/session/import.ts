import { join } from 'node:path';
import type { Argv } from 'yargs';
import { isOracleComputeError } from '../../../lib/errors.js';
import { checkArchivedName, limitReach } from '../../../lib/oci/archive/archive-reach.js';
import { type ArchivedSession, readSessionArchive } from '../../../lib/oci/archive/import-session.js';
import { ownConfigFile, pathOf } from '../../../lib/oci/config/choose-profile.js';
import { checkProfileName } from '../../../lib/oci/config/profile-name.js';
import { SESSION_END_KEY, sessionEndEntry } from '../../../lib/oci/config/session-profile.js';
import { tokenTimes } from '../../../lib/oci/credentials/security-token.js';
import { existingProfile, saveSession } from '../../../lib/oci/login/save-session.js';
import { assertNotExpired } from '../../../lib/oci/refresh-session.js';
import { defineCommand } from '../../line/command.js';
import { noteTo } from '../../options/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci.js';
import { askUntil, refuseUnsafePath } from '../../options/oci-login.js';
import { canAsk } from '../../options/password.js';
import { reportNewSession } from '../../output/new-session.js';
import type { World } from '../../world/world.js';

export interface ImportOptions extends OciOptions {
  readonly sessionArchive: string;
  readonly profileName?: string;
  readonly keepKeys?: boolean;
  readonly force?: boolean;
}

/** Unpacks a session from an archive, once all of it has been checked. */
export async function runImport(options: ImportOptions, world: World): Promise<number> {
  const { clock, home, interruption: signal } = world;
  const archivePath = pathOf(options.sessionArchive, world);
  const { archived, leftOut } = await limitReach(await readSessionArchive(archivePath), archivePath, options, world);
  const notedEnd = notedSessionEnd(archived);
  const times = tokenTimes(archived.token, clock.now(), notedEnd);
  if (!options.force) assertNotExpired(times, clock.now(), archivePath);
  const configFile = ownConfigFile(options, world);
  const profile = await chooseName(archived, archivePath, configFile, options, world);
  const sessionsFolder = join(home, '.oci', 'sessions');
  refuseUnsafePath(join(sessionsFolder, profile));
  const { keyText, publicKeyPem, fingerprint, tenancy, region, passphrase, token, further } = archived;
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
      further: [...further.filter(([key]) => key !== SESSION_END_KEY), sessionEndEntry(notedEnd)],
    },
    { clock, home, env: world.env, signal, replace: options.force ? 'any' : 'none' },
  );
  if (leftOut.length > 0) {
    noteTo(
      options,
      world,
    )(`not taken over, because they are no part of a session (--keep-keys): ${leftOut.join(', ')}`);
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
  archivePath: string,
  configFile: string,
  options: ImportOptions,
  world: World,
): Promise<string> {
  const free = async (name: string) => {
    await existingProfile(configFile, checkProfileName(name), options.force ? 'any' : 'none');
    return name;
  };
  try {
    return await free(checkArchivedName(archived, archivePath, options));
  } catch (error) {
    if (!isOracleComputeError(error, 'PROFILE_EXISTS', 'ARCHIVE_OVERREACHES') || !canAsk(world)) throw error;
    world.stderr.write(`${error.message}\n`);
    return askUntil('Another name for the profile: ', world, free);
  }
}

export const sessionImportCommand = defineCommand<ImportOptions>({
  builder: (parser) =>
    withOciOptions(parser)
      .option('session-archive', { type: 'string', demandOption: true, describe: 'Archive that an export has written' })
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: the one in the archive)' })
      .option('keep-keys', { type: 'boolean', describe: 'Keep keys of the archive that are no part of a session' })
      .option('force', {
        type: 'boolean',
        describe: 'Replace the profile; take a session that is over, too',
      }) as unknown as Argv<ImportOptions>,
  run: runImport,
  help: {
    description:
      'Unpacks a session that `session export`, ours or Oracle’s, has packed. Names, sizes, profile, token and key are checked before anything is written, and a session that is replaced is whole until the new one is complete. An archive decides its own session only: the name DEFAULT, a region that is not known here and further keys are taken where a flag says so.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --session-archive session.zip', 'under the name in the archive'],
      ['$0 --session-archive session.zip --profile-name laptop', 'under another name'],
      ['$0 --session-archive session.zip --region us-ashburn-1', 'in a region of your choice'],
    ],
    statuses: [
      [0, 'the session is there'],
      [2, 'a profile of that name exists, or the archive cannot be read'],
      [4, 'the archive is damaged, or has something in it that it must not have'],
      [10, 'the session in the archive is over'],
    ],
  },
});
