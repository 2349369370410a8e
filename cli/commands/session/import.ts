import { importSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, sessionOptions, withOciOptions } from '../../flags/oci.js';
import { askForName, reportInstalled } from '../../output/new-session.js';

export interface ImportOptions extends OciOptions {
  readonly sessionArchive: string;
  readonly profileName?: string;
  readonly keepKeys?: boolean;
  readonly force?: boolean;
}

/** Unpacks a session from an archive, after it has checked all of it. */
export async function runImport(options: ImportOptions, context: Context): Promise<number> {
  const { sessionArchive, profileName: profile, keepKeys, force } = options;
  const installed = await importSession(sessionArchive, {
    ...sessionOptions(options, context),
    profile,
    keepKeys,
    evenIfExpired: force,
    // If only the archive names the profile, the import may replace a session, but no other profile.
    replace: force && profile !== undefined ? 'any' : force,
    profileName: askForName(context),
  });
  return reportInstalled(installed, options, context);
}

export const sessionImportCommand = defineOciCommand<ImportOptions>({
  builder: (list) =>
    withOciOptions(list)
      .option('session-archive', { type: 'string', demandOption: true, describe: 'Archive that an export has written' })
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: the one in the archive)' })
      .option('keep-keys', { type: 'boolean', describe: 'Keep keys of the archive that are no part of a session' })
      .option('force', {
        type: 'boolean',
        describe: 'Replace the profile, with --profile-name even one that is no session; take a session that is over',
      }),
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
