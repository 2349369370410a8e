import { promises as fs } from 'node:fs';
import type { Argv } from 'yargs';
import { packSession, writeArchive } from '../../../lib/oci/archive/export-session.js';
import { pathOf } from '../../../lib/oci/config/choose-profile.js';
import { sessionProfile } from '../../../lib/oci/config/session-profile.js';
import { readAgain } from '../../../lib/oci/read-again.js';
import { assertNotExpired } from '../../../lib/oci/refresh-session.js';
import { readSession } from '../../../lib/oci/token-file-store.js';
import { defineCommand } from '../../line/command.js';
import { noteTo } from '../../options/general.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../options/oci.js';
import { confirm } from '../../options/oci-login.js';
import { readWrittenProfile } from '../../options/oci-session.js';
import { canAsk } from '../../options/password.js';
import { describeTimes } from '../../output/session-times.js';
import type { World } from '../../world/world.js';

export interface ExportOptions extends OciOptions {
  readonly outputFile: string;
  readonly force?: boolean;
}

/** Packs a session into an archive for another machine. */
export async function runExport(options: ExportOptions, world: World): Promise<number> {
  const { clock } = world;
  const { profile, times, bytes, leftOut } = await pack(options, world);
  const { outputFile } = options;
  const path = pathOf(/\.zip$/i.test(outputFile) ? outputFile : `${outputFile}.zip`, world);
  const note = noteTo(options, world);
  const replace = await mayReplace(path, options, world);
  if (replace === 'no') {
    world.stderr.write('Export canceled.\n');
    return 0;
  }
  note(`Exporting profile: ${profile.name} from config file: ${profile.path}`);
  await writeArchive(path, bytes, replace === 'yes');
  if (leftOut.length > 0) note(`not in the archive, because only this machine has a use for it: ${leftOut.join(', ')}`);
  if (!options.quiet) world.stderr.write(`Export file written to: ${path}\n`);
  note(`whoever has this file can act as you: ${describeTimes(times, clock.now())}`);
  return 0;
}

async function pack(options: ExportOptions, world: World) {
  const { home, clock, interruption: signal } = world;
  const { region, force } = options;
  return readAgain({ clock, signal }, async () => {
    const profile = await readWrittenProfile(options, world);
    const session = sessionProfile(profile, home);
    const { times } = await readSession(session, clock);
    if (!force) assertNotExpired(times, clock.now(), session.securityTokenFile);
    const packed = await packSession(profile, { home, now: clock.now(), ...(region && { region }) });
    return { profile, times, ...packed };
  });
}

/** Where nobody can answer, an archive that is in the way is an error of its own. */
async function mayReplace(path: string, { force }: ExportOptions, world: World): Promise<'yes' | 'no' | 'not-asked'> {
  if (force) return 'yes';
  const exists = await fs.lstat(path).catch(() => undefined);
  if (!exists || !canAsk(world)) return 'not-asked';
  return (await confirm(`${path} exists already. Overwrite it?`, world)) ? 'yes' : 'no';
}

export const sessionExportCommand = defineCommand<ExportOptions>({
  builder: (parser) =>
    withOciOptions(parser)
      .option('output-file', { type: 'string', demandOption: true, describe: 'Archive to write; .zip is added' })
      .option('force', {
        type: 'boolean',
        describe: 'Overwrite the archive; pack a session that is over, too',
      }) as unknown as Argv<ExportOptions>,
  run: runExport,
  help: {
    description:
      'Packs a session into a zip archive that `session import`, ours or Oracle’s, unpacks on another machine: token, private key, and the keys of the profile’s own section. The archive is as good as a password until the session ends, and only you can read it.',
    environment: OCI_ENVIRONMENT,
    examples: [['$0 --profile TokenDemo --output-file session', 'writes session.zip']],
    statuses: [
      [0, 'the archive is written, or you chose not to overwrite one'],
      [2, 'an archive of that name exists, or it cannot be written'],
      [4, 'there is no such session, or its files are damaged'],
      [10, 'the session is over: log in'],
    ],
  },
});
