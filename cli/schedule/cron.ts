import { OracleComputeError } from '../../lib/errors.js';
import { quoteWord } from '../../lib/shell/syntax.js';
import { firstMinute, refuseInEntry, type ScheduledCommand, type ScheduleEntry } from './entry.js';

/** Our own flags need no quotes, and an entry is easier to read without them. */
const FLAG = /^-{1,2}[a-z-]+$/;

/** Longer commands are refused by the cron of Debian and others (`MAX_COMMAND`, 1000 characters). */
const LONGEST_COMMAND = 990;

/**
 * A line for crontab(5): minutes, then a command for /bin/sh. `%` means a line break there, in quotes too, unless a
 * backslash stands before it; what other backslashes become differs between crons, so there are none.
 *
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function cronEntry(command: ScheduledCommand): ScheduleEntry {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  refuseInEntry(command, 'cron', /[\u0000-\u001f\u007f\\]/, 'a control character or a backslash');
  const assignments = command.environment.map(([name, value]) => `${name}=${quoteWord('sh', value)}`);
  const words = command.words.map((word) => (FLAG.test(word) ? word : quoteWord('sh', word)));
  const line = [...assignments, ...words].join(' ').replaceAll('%', '\\%');
  if (Buffer.byteLength(line) > LONGEST_COMMAND) {
    throw new OracleComputeError('ENTRY_NOT_WRITABLE', `a command for cron cannot be longer than ${LONGEST_COMMAND}`, {
      scheduler: 'cron',
    });
  }
  const comments = [
    command.purpose,
    ...command.remarks,
    'To put it into your crontab: crontab -e',
    'cron mails what it prints: nothing, unless something is wrong.',
  ];
  const content = `${comments.map((comment) => `# ${comment}\n`).join('')}${cronMinutes(command)} * * * * ${line}\n`;
  return { files: [{ path: 'crontab', content }], text: content };
}

function cronMinutes(command: ScheduledCommand): string {
  const { everyMinutes } = command;
  return everyMinutes === 1 ? '*' : `${firstMinute(command)}-59/${everyMinutes}`;
}
