import { OracleComputeError } from '../../lib/errors.js';
import { COMPUTE_LIFETIMES } from '../../lib/index.js';
import { OCI_LIFETIMES } from '../../lib/oci/index.js';
import type { Context } from '../context/context.js';
import { infoLogger } from '../context/conversation.js';
import { type ComputeOptions, withComputeOptions } from '../flags/compute.js';
import { STORE_ENVIRONMENT, withStoreOption } from '../flags/general.js';
import { printExactly } from '../output/assignment.js';
import { printableJson } from '../output/text.js';
import type { CommandModule } from '../parser/command.js';
import type { ScheduledCommand, ScheduleEntry } from '../schedule/entry.js';

export interface ScheduleOptions extends ComputeOptions {
  readonly scheduler?: string;
  readonly every?: string;
  readonly minValid?: string;
  readonly ociProfile?: string;
  readonly configFile?: string;
}

const ON_WINDOWS = 'schtasks';
const SCHEDULERS = ['cron', 'systemd', 'launchd', ON_WINDOWS];

/** Prints an entry for a scheduler that keeps a session alive. Changes nothing. */
export async function runSchedule(options: ScheduleOptions, context: Context): Promise<number> {
  checkPlatform(options.scheduler, context.platform);
  const command = await scheduledCommand(options, context);
  const entry = await entryFor(options.scheduler ?? '', command, context);
  const { name, words, everyMinutes } = command;
  const json = {
    scheduler: options.scheduler,
    name,
    everyMinutes,
    command: words,
    environment: Object.fromEntries(command.environment),
    files: entry.files,
  };
  printExactly(options.format === 'json' ? `${printableJson(json)}\n` : entry.text, context);
  return 0;
}

/** @throws OracleComputeError USAGE for a scheduler of another platform */
function checkPlatform(scheduler: string | undefined, platform: Context['platform']): void {
  const isWindows = platform === 'win32';
  if ((scheduler === ON_WINDOWS) === isWindows) return;
  const instead = `$0 schedule ${isWindows ? ON_WINDOWS : platform === 'darwin' ? 'launchd' : 'cron'}`;
  const message = `${scheduler} is not a scheduler of ${isWindows ? 'Windows' : 'this system'}`;
  throw new OracleComputeError('USAGE', message, { usage: 'schedule', instead });
}

async function scheduledCommand(options: ScheduleOptions, context: Context): Promise<ScheduledCommand> {
  const { ociProfile } = options;
  if (ociProfile !== undefined) {
    const { ociCommand, readPeriod } = await import('../schedule/command.js');
    return ociCommand({ ...options, ociProfile }, readPeriod(options, OCI_LIFETIMES), context);
  }
  const { computeCommand, readPeriod } = await import('../schedule/command.js');
  const period = readPeriod(options, COMPUTE_LIFETIMES);
  const { command, keepsLoggingIn } = await computeCommand(options, period, context);
  if (!keepsLoggingIn) infoLogger(options, context)(command.remarks[0] ?? '');
  return command;
}

async function entryFor(scheduler: string, command: ScheduledCommand, context: Context): Promise<ScheduleEntry> {
  switch (scheduler) {
    case 'cron':
      return (await import('../schedule/entry.js')).cronEntry(command);
    case ON_WINDOWS:
      return (await import('../schedule/entry.js')).schtasksEntry(command, context.env);
    case 'systemd':
      return (await import('../schedule/entry.js')).systemdEntry(command);
    default:
      return (await import('../schedule/entry.js')).launchdEntry(command, context.home);
  }
}

export const scheduleCommand: CommandModule<ScheduleOptions> = {
  builder: (list) =>
    withStoreOption(withComputeOptions(list))
      .positional('scheduler', { type: 'string', choices: SCHEDULERS, describe: 'Scheduler' })
      .option('every', { type: 'string', describe: 'Interval in whole minutes (default 10m)' })
      .option('min-valid', {
        type: 'string',
        describe: 'Renew unless the token is valid this long (default: half its lifetime)',
      })
      .option('oci-profile', { type: 'string', describe: 'Keep an OCI session alive: its profile' })
      .option('config-file', { type: 'string', describe: 'Config file of that profile (OCI_CLI_CONFIG_FILE)' }),
  run: runSchedule,
  help: {
    description:
      'Prints an entry for cron, systemd, launchd or the Task Scheduler of Windows (schtasks) that keeps a session alive, and where to put it. The entry refreshes the token at about half its lifetime, so that one missed run does no harm. With a password file or a password in the keychain, it logs in again when the session ends. Options given here become options of the entry; paths are absolute, and it has no secrets.',
    environment: [
      ['OPC_API', 'endpoint'],
      ['OPC_USER', 'user, /customer/name'],
      ['OPC_PASSWORD_FILE', 'password file, for the login at the end of the session'],
      ['OPC_COOKIE_FILE', 'cookies file'],
      ...STORE_ENVIRONMENT,
      ['OPC_CA_BUNDLE', 'additional CA certificates'],
    ],
    examples: [
      ['$0 cron -p ~/.opc/password', 'a line for crontab -e'],
      ['$0 systemd --every 5m | sh', 'set up a timer of systemd'],
      ['$0 cron --oci-profile DEFAULT', 'keep an OCI session alive'],
    ],
    statuses: [0, 2, 4],
  },
};
