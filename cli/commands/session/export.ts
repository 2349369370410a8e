import { promises as fs } from 'node:fs';
import { posix } from 'node:path';
import { OracleComputeError } from '../../../lib/errors.js';
import {
  type ExportParts,
  packCurrent,
  packSession,
  readForExport,
  writeArchive,
  writeSessionFolder,
} from '../../../lib/oci/archive/export-session.js';
import { pathOf } from '../../../lib/oci/config/choose-profile.js';
import type { ConfigProfile } from '../../../lib/oci/config/config-file.js';
import type { SessionTimes } from '../../../lib/session/lifetimes.js';
import type { Context } from '../../context/context.js';
import { infoLogger } from '../../flags/general.js';
import { readWrittenProfile } from '../../flags/oci/session.js';
import { defineOciCommand, OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { canPrompt, confirm } from '../../flags/password.js';
import { describeTimes } from '../../output/session-times.js';

export interface ExportOptions extends OciOptions {
  readonly outputFile?: string;
  readonly outputDir?: string;
  /** The path of the folder as the container sees it. */
  readonly for?: string;
  readonly force?: boolean;
}

/** Packs a session for another machine: into an archive, or as a folder for a container. */
export async function runExport(options: ExportOptions, context: Context): Promise<number> {
  const { outputFile, outputDir } = options;
  if ((outputFile === undefined) === (outputDir === undefined)) {
    const message = 'either --output-file FILE or --output-dir DIR says where the session goes';
    throw new OracleComputeError('USAGE', message, { usage: 'session export' });
  }
  if (options.for !== undefined && outputDir === undefined) {
    throw new OracleComputeError('USAGE', '--for goes with --output-dir', { usage: 'session export' });
  }
  return outputDir === undefined
    ? exportArchive(outputFile ?? '', options, context)
    : exportFolder(outputDir, options, context);
}

async function exportArchive(outputFile: string, options: ExportOptions, context: Context): Promise<number> {
  const { clock } = context;
  const { profile, times, bytes, tokenFile, leftOut } = await read(options, context, (found, parts) =>
    packSession(found, { ...parts, now: clock.now() }),
  );
  const path = pathOf(/\.zip$/i.test(outputFile) ? outputFile : `${outputFile}.zip`, context);
  const replace = await mayReplace(path, options, context);
  if (replace === 'no') {
    context.stderr.write('Export canceled.\n');
    return 0;
  }
  infoLogger(options, context)(`Exporting profile: ${profile.name} from config file: ${profile.path}`);
  await writeArchive(path, bytes, replace === 'yes', tokenFile);
  report(`Export file written to: ${path}`, { times, leftOut }, options, context);
  return 0;
}

async function exportFolder(outputDir: string, options: ExportOptions, context: Context): Promise<number> {
  const folder = pathOf(outputDir, context);
  const inside = options.for ?? folder;
  if (!posix.isAbsolute(inside)) {
    throw new OracleComputeError('USAGE', '--for takes an absolute path', { usage: 'session export' });
  }
  const { profile, times, ...session } = await read(options, context, readForExport);
  await writeSessionFolder(profile.name, session, folder, inside, options.force === true);
  report(`Session written to: ${folder}`, { times, leftOut: session.leftOut }, options, context);
  infoLogger(options, context)(`mount it read-only at ${inside}; its config is ${posix.join(inside, 'config')}`);
  return 0;
}

function read<T>(
  options: ExportOptions,
  context: Context,
  pack: (profile: ConfigProfile, parts: ExportParts) => Promise<T>,
) {
  const { home, clock, interruption: signal } = context;
  const { region, force: evenIfExpired } = options;
  const readProfile = () => readWrittenProfile(options, context);
  return packCurrent({ home, clock, signal, region, evenIfExpired, readProfile }, pack);
}

function report(
  said: string,
  { times, leftOut }: { readonly times: SessionTimes; readonly leftOut: readonly string[] },
  options: ExportOptions,
  context: Context,
): void {
  const note = infoLogger(options, context);
  if (leftOut.length > 0) note(`left out, because only this machine has a use for it: ${leftOut.join(', ')}`);
  if (!options.quiet) context.stderr.write(`${said}\n`);
  note(`whoever has this can act as you: ${describeTimes(times, context.clock.now())}`);
}

/** If the user cannot answer, an existing archive is an error of its own. */
async function mayReplace(
  path: string,
  { force }: ExportOptions,
  context: Context,
): Promise<'yes' | 'no' | 'not-asked'> {
  if (force) return 'yes';
  const exists = await fs.lstat(path).catch(() => undefined);
  if (!exists || !canPrompt(context)) return 'not-asked';
  return (await confirm(`${path} exists already. Overwrite it?`, context)) ? 'yes' : 'no';
}

export const sessionExportCommand = defineOciCommand<ExportOptions>({
  builder: (list) =>
    withOciOptions(list)
      .option('output-file', { type: 'string', describe: 'Archive to write; .zip is added' })
      .option('output-dir', { type: 'string', describe: 'Folder to write instead, for a container to mount' })
      .option('for', { type: 'string', describe: 'Where the container sees that folder: /oracle/.oci' })
      .option('force', {
        type: 'boolean',
        describe: 'Overwrite what is there; pack a session that is over, too',
      }),
  run: runExport,
  help: {
    description:
      'Packs a session into a zip archive that `session import`, ours or Oracle’s, unpacks on another machine: token, private key, and the keys of the profile’s own section. The archive is as good as a password until the session ends, and only you can read it. With --output-dir the session becomes a folder like ~/.oci, for a container that mounts it read-only: its config names the paths that --for says.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --profile TokenDemo --output-file session', 'writes session.zip'],
      ['$0 --profile TokenDemo --output-dir oci --for /oracle/.oci', 'docker run -v "$PWD/oci:/oracle/.oci:ro" …'],
    ],
    statuses: [
      [0, 'the archive is written, or you chose not to overwrite one'],
      [2, 'an archive of that name exists, or it cannot be written'],
      [4, 'there is no such session, or its files are damaged'],
      [10, 'the session is over: log in'],
    ],
  },
});
