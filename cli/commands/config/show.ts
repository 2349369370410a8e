import { basename } from 'node:path';
import { readComputeProfile } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { PROFILE_FLAGS } from '../../flags/compute.js';
import { withGeneralOptions } from '../../flags/general.js';
import { type Row, renderRows } from '../../output/rows.js';
import { lineWidth, printableJson, renderFields } from '../../output/text.js';
import type { CommandModule } from '../../parser/command.js';
import { chosenProfile } from '../../settings/compute.js';
import type { ConfigOptions } from './list.js';

const COLUMNS = ['profile', 'file', 'endpoint', 'user', 'passwordFile'] as const;

/** Shows one profile of Oracle Compute. */
export async function runConfigShow(options: ConfigOptions, context: Context): Promise<number> {
  const { path } = await chosenProfile(options, context);
  const {
    endpoint = null,
    user = null,
    passwordFile = null,
  } = await readComputeProfile(path, { mustExist: true, signal: context.interruption });
  const row = { profile: basename(path), file: path, endpoint, user, passwordFile };
  if (!options.quiet) context.stdout.write(render(row, options, context));
  return 0;
}

function render(row: Row, options: ConfigOptions, context: Context): string {
  if (options.format === 'json') return `${printableJson(row)}\n`;
  if (options.format !== undefined || options.fields !== undefined || options.noHeader)
    return renderRows(COLUMNS, [row], options, context.stdout);
  const shown = Object.entries(row).filter(([, value]) => value !== null);
  return renderFields(
    shown.map(([name, value]) => [name === 'passwordFile' ? 'password-file' : name, String(value)]),
    lineWidth(context.stdout),
  );
}

export const configShowCommand: CommandModule<ConfigOptions> = {
  builder: (list) => withGeneralOptions(list).options(PROFILE_FLAGS),
  run: runConfigShow,
  help: {
    description:
      'Shows the profile that counts, or the one that --profile names: its file, and its address, user and password file. Options and variables override these values.',
    environment: [
      ['OPC_PROFILE', 'profile to use'],
      ['OPC_PROFILE_DIRECTORY', 'folder of the profiles'],
      ['OPC_PROFILE_FILE', 'file to use instead'],
    ],
    examples: [
      ['$0 --profile prod', 'one profile'],
      ['$0 --profile prod -F endpoint -H', 'one value'],
    ],
    statuses: [0, 2, 4],
  },
};
