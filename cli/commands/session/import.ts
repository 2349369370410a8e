import { importSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { askForName, reportInstalled } from '../../output/new-session.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

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
      .option('session-archive', { type: 'string', demandOption: true, describe: 'Archive written by session export' })
      .option('profile-name', { type: 'string', describe: 'Profile to write (default: the one in the archive)' })
      .option('keep-keys', { type: 'boolean', describe: 'Keep other settings found in the archive' })
      .option('force', {
        type: 'boolean',
        describe: 'Replace the profile (with --profile-name any profile); import an expired session too',
      }),
  run: runImport,
  help: {
    description:
      'Imports a session from an archive of `session export` (this program’s or Oracle’s). Checks names, sizes, profile, token and key before it writes anything. An existing session is replaced only when the new one is complete. The name DEFAULT, unknown regions and other settings in an archive need an option.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --session-archive session.zip', 'under the name in the archive'],
      ['$0 --session-archive session.zip --profile-name laptop', 'under another name'],
      ['$0 --session-archive session.zip --region us-ashburn-1', 'in a region of your choice'],
    ],
    statuses: [0, 2, 4, 10],
  },
});
