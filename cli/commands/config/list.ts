import { isOracleComputeError } from '../../../lib/errors.js';
import { type ComputeProfile, listProfiles, profileFile, readComputeProfile } from '../../../lib/index.js';
import type { Context } from '../../context/context.js';
import { describeFailure } from '../../errors/report-error.js';
import { PROFILE_FLAGS, type ProfileOptions } from '../../flags/compute.js';
import { type GeneralOptions, withGeneralOptions } from '../../flags/general.js';
import { type Row, renderRows } from '../../output/rows.js';
import type { CommandModule } from '../../parser/command.js';
import { chosenProfile, profileFolder } from '../../settings/compute.js';

export type ConfigOptions = GeneralOptions & ProfileOptions;

const COLUMNS = ['profile', 'current', 'user', 'endpoint', 'passwordFile', 'state'] as const;

/** Lists the profiles of Oracle Compute, and which of them counts. */
export async function runConfigList(options: ConfigOptions, context: Context): Promise<number> {
  const folder = profileFolder(options, context);
  const current = (await chosenProfile(options, context)).path;
  const rows: Row[] = [];
  let worst = 0;
  for (const profile of listProfiles(folder)) {
    const path = profileFile(folder, profile);
    const row = { profile, current: path === current ? '*' : null };
    const empty = { user: null, endpoint: null, passwordFile: null };
    try {
      rows.push({
        ...row,
        ...empty,
        ...present(await readComputeProfile(path, { signal: context.interruption })),
        state: 'ok',
      });
    } catch (error) {
      // A damaged file is a row, not the end of the list.
      if (!isOracleComputeError(error) || error.code === 'INTERRUPTED') throw error;
      rows.push({ ...row, ...empty, state: error.code });
      worst = Math.max(worst, describeFailure(error, context).status);
    }
  }
  if (!options.quiet) context.stdout.write(renderRows(COLUMNS, rows, options, context.stdout));
  return worst;
}

/** Without the values that are not set. */
function present(profile: ComputeProfile): Row {
  return Object.fromEntries(Object.entries(profile).map(([key, value]) => [key, value ?? null]));
}

export const configListCommand: CommandModule<ConfigOptions> = {
  builder: (list) => withGeneralOptions(list).options(PROFILE_FLAGS),
  run: runConfigList,
  help: {
    description:
      'Lists the profiles below ~/.opc/profiles, each a file with the address, the user and the password file of Oracle Compute. A star marks the one that counts if neither options nor variables give a value.',
    environment: [
      ['OPC_PROFILE', 'profile to use'],
      ['OPC_PROFILE_DIRECTORY', 'folder of the profiles'],
    ],
    examples: [
      ['$0', 'list the profiles'],
      ['$0 -H -F profile', 'only their names'],
    ],
    statuses: [0, 2, 4],
  },
};
