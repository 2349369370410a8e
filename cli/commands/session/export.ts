import { posix } from 'node:path';
import { OracleComputeError } from '../../../lib/errors.js';
import { exportSession } from '../../../lib/oci/index.js';
import type { Context } from '../../context/context.js';
import { canPrompt, confirm, infoLogger } from '../../context/conversation.js';
import { OCI_ENVIRONMENT, type OciOptions, withOciOptions } from '../../flags/oci.js';
import { describeTimes } from '../../output/session-times.js';
import { defineOciCommand, sessionOptions } from '../../settings/oci.js';

export interface ExportOptions extends OciOptions {
  readonly outputFile?: string;
  readonly outputDir?: string;
  /** The path of the folder as the container sees it. */
  readonly for?: string;
  readonly force?: boolean;
}

/** Packs a session for another machine: into an archive, or as a folder for a container. */
export async function runExport(options: ExportOptions, context: Context): Promise<number> {
  const { outputFile, outputDir, for: mountedAt, force } = options;
  if ((outputFile === undefined) === (outputDir === undefined)) {
    const message = 'either --output-file FILE or --output-dir DIR says where the session goes';
    throw new OracleComputeError('USAGE', message, { usage: 'session export' });
  }
  if (mountedAt !== undefined && outputDir === undefined) {
    throw new OracleComputeError('USAGE', '--for needs --output-dir', { usage: 'session export' });
  }
  if (mountedAt !== undefined && !posix.isAbsolute(mountedAt)) {
    throw new OracleComputeError('USAGE', '--for needs an absolute path', { usage: 'session export' });
  }
  const askToReplace = (path: string) => confirm(`${path} already exists. Overwrite it?`, context);
  const exported = await exportSession({
    ...sessionOptions(options, context),
    file: outputFile === undefined || /\.zip$/i.test(outputFile) ? outputFile : `${outputFile}.zip`,
    directory: outputDir,
    mountedAt,
    evenIfExpired: force,
    // If the user cannot answer, an existing archive is an error of its own.
    replace: !force && canPrompt(context) ? askToReplace : force,
  });
  if (!exported) {
    context.stderr.write('Export canceled.\n');
    return 0;
  }
  const { path, profile, configFile, times, leftOut } = exported;
  const note = infoLogger(options, context);
  if (outputDir === undefined) note(`Exporting profile: ${profile} from config file: ${configFile}`);
  if (leftOut.length > 0) note(`left out, because only this machine has a use for it: ${leftOut.join(', ')}`);
  const written = outputDir === undefined ? `Export file written to: ${path}` : `Session written to: ${path}`;
  if (!options.quiet) context.stderr.write(`${written}\n`);
  note(`whoever has this can act as you: ${describeTimes(times, context.clock.now())}`);
  if (outputDir === undefined) return 0;
  const inside = mountedAt ?? path;
  note(`mount it read-only at ${inside}; its config is ${posix.join(inside, 'config')}`);
  return 0;
}

export const sessionExportCommand = defineOciCommand<ExportOptions>({
  builder: (list) =>
    withOciOptions(list)
      .option('output-file', { type: 'string', describe: 'Archive to write; .zip is added' })
      .option('output-dir', { type: 'string', describe: 'Folder to write instead of an archive, for a container' })
      .option('for', { type: 'string', describe: 'Path of the folder inside the container: /oracle/.oci' })
      .option('force', {
        type: 'boolean',
        describe: 'Overwrite existing files; export an expired session too',
      }),
  run: runExport,
  help: {
    description:
      'Exports a session to a zip archive, for `session import` (this program’s or Oracle’s) on another machine. It contains the token, the private key and the settings of the profile: treat it like a password until the session ends. With --output-dir the session becomes a folder like ~/.oci for a container to mount read-only, with the paths of --for in its config file.',
    environment: OCI_ENVIRONMENT,
    examples: [
      ['$0 --profile TokenDemo --output-file session', 'writes session.zip'],
      ['$0 --profile TokenDemo --output-dir oci --for /oracle/.oci', 'docker run -v "$PWD/oci:/oracle/.oci:ro" …'],
    ],
    statuses: [[0, 'exported, or not overwritten as you chose'], 2, 4, 10],
  },
});
