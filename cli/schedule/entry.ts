import { OracleComputeError } from '../../lib/errors.js';
import { quoteWord } from '../../lib/shell/quote.js';

/** A command that a scheduler is to run again and again. */
export interface ScheduledCommand {
  /** Names files and labels: letters, digits, `-` and `.`. */
  readonly name: string;
  /** One line for people: what the command is for. */
  readonly purpose: string;
  /** More lines for people: what to know beforehand. */
  readonly remarks: readonly string[];
  /** The program and its arguments; paths are absolute, because a scheduler knows no PATH to speak of. */
  readonly words: readonly string[];
  /** What the command needs of the present environment, and no scheduler has. No secrets. */
  readonly environment: ReadonlyArray<readonly [name: string, value: string]>;
  readonly everyMinutes: number;
  /** A number that differs between sessions, so that not all of them are renewed in the same minute. */
  readonly spread: number;
}

/** A file of a scheduler: where it belongs, and what is in it. */
export interface ScheduleFile {
  readonly path: string;
  readonly content: string;
}

/** A scheduler's entry for a command. */
export interface ScheduleEntry {
  readonly files: readonly ScheduleFile[];
  /** The files as they are printed, with where to put them. */
  readonly text: string;
}

/**
 * Refuses what an entry of a scheduler cannot hold.
 *
 * @param forbidden a character of which no word may have one
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function refuseInEntry(command: ScheduledCommand, scheduler: string, forbidden: RegExp, what: string): void {
  const texts = [command.purpose, ...command.remarks, ...command.words, ...command.environment.flat()];
  const bad = texts.find((text) => forbidden.test(text));
  if (bad === undefined) return;
  const shown = JSON.stringify(bad.slice(0, 80));
  throw new OracleComputeError('ENTRY_NOT_WRITABLE', `an entry for ${scheduler} cannot hold ${what}: ${shown}`, {
    scheduler,
  });
}

/**
 * The minute of the hour in which a command runs first, of the session's own choice. Where the period does not divide
 * an hour, the choice is as small as it must be for the gap at the end of the hour not to be the longest.
 */
export function firstMinute({ everyMinutes, spread }: ScheduledCommand): number {
  return spread % (60 % everyMinutes || everyMinutes);
}

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

const FOLDER = '~/.config/systemd/user';
const END = 'END-OF-UNIT';

/**
 * A service and its timer for the systemd of a user (systemd.service(5), systemd.timer(5)), as a script that writes
 * both.
 *
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function systemdEntry(command: ScheduledCommand): ScheduleEntry {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  refuseInEntry(command, 'systemd', /[\u0000-\u001f\u007f]/, 'a control character');
  const files = [
    { path: `${FOLDER}/${command.name}.service`, content: service(command) },
    { path: `${FOLDER}/${command.name}.timer`, content: timer(command) },
  ];
  return { files, text: script(command, files) };
}

function service(command: ScheduledCommand): string {
  const environment = command.environment
    .map(([name, value]) => `Environment=${systemdQuote(`${name}=${value}`)}\n`)
    .join('');
  // The colon switches the expansion of $ off.
  return `[Unit]
Description=${specifiers(command.purpose)}

[Service]
Type=oneshot
${environment}ExecStart=:${startable(command.words).map(systemdQuote).join(' ')}
TimeoutStartSec=${command.everyMinutes * 30}s
`;
}

function timer(command: ScheduledCommand): string {
  const { everyMinutes } = command;
  return `[Unit]
Description=${specifiers(command.purpose)}

[Timer]
OnActiveSec=1s
OnCalendar=*:${everyMinutes === 1 ? '*' : `${firstMinute(command)}/${everyMinutes}`}
RandomizedDelaySec=${everyMinutes * 6}s
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}

function script(command: ScheduledCommand, files: ScheduleEntry['files']): string {
  const comments = [
    command.purpose,
    ...command.remarks,
    'This writes a service and its timer; to do it: oracle-compute schedule systemd … | sh',
    `What it says: journalctl --user -u ${command.name}`,
    'To let it run while you are not logged in: loginctl enable-linger',
  ];
  const parts = files.map(
    ({ path, content }) => `cat > ${path.replace(/^~/, '"$HOME"')} <<'${END}'\n${content}${END}\n`,
  );
  return [
    comments.map((comment) => `# ${comment}\n`).join(''),
    `mkdir -p ${FOLDER.replace(/^~/, '"$HOME"')}\n`,
    ...parts,
    `systemctl --user daemon-reload\nsystemctl --user enable --now ${command.name}.timer\n`,
  ].join('');
}

/** systemd starts no program that has a quote in its path; a shell does. */
function startable(words: readonly string[]): readonly string[] {
  return /["'\\]/.test(words[0] ?? '') ? ['/bin/sh', '-c', 'exec "$0" "$@"', ...words] : words;
}

/** One word of a command line: in double quotes, with the escapes of C, and with `%` doubled. */
function systemdQuote(text: string): string {
  return `"${specifiers(text).replace(/[\\"]/g, '\\$&')}"`;
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/**
 * A property list for launchd(8), as an agent of the user: where the keychain can be reached on macOS.
 *
 * @param home whose log folder gets what the command says
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function launchdEntry(command: ScheduledCommand, home: string): ScheduleEntry {
  // XML 1.0, 2.2: neither these, nor their character references, can stand in a document.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  refuseInEntry(command, 'launchd', /[\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/u, 'a control character');
  const path = `~/Library/LaunchAgents/${command.name}.plist`;
  const comments = [
    command.purpose,
    ...command.remarks,
    `To put it into place: oracle-compute schedule launchd … > ${path}`,
    `and then: launchctl bootstrap gui/$(id -u) ${path}`,
  ];
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
${comments.map((comment) => `  ${inComment(comment)}\n`).join('')}-->
<plist version="1.0">
<dict>
  <key>Label</key>
  ${string(command.name)}
  <key>ProgramArguments</key>
  <array>
${command.words.map((word) => `    ${string(word)}\n`).join('')}  </array>
${environment(command)}  <key>StartInterval</key>
  <integer>${command.everyMinutes * 60}</integer>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardErrorPath</key>
  ${string(`${home}/Library/Logs/${command.name}.log`)}
</dict>
</plist>
`;
  return { files: [{ path, content }], text: content };
}

function environment({ environment }: ScheduledCommand): string {
  if (environment.length === 0) return '';
  const entries = environment.map(([name, value]) => `    <key>${escapeXml(name)}</key>\n    ${string(value)}\n`);
  return `  <key>EnvironmentVariables</key>\n  <dict>\n${entries.join('')}  </dict>\n`;
}

function string(text: string): string {
  return `<string>${escapeXml(text)}</string>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** XML 1.0, 2.5: two hyphens must not stand in a comment. */
function inComment(text: string): string {
  return text.replace(/-(?=-)/g, '- ').replace(/-$/, '- ');
}
