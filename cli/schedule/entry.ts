import { OracleComputeError } from '../../lib/errors.js';
import { powerShellExpression } from '../../lib/shell/assignments.js';
import { quoteWord } from '../../lib/shell/syntax.js';
import type { Context } from '../context/context.js';
import { windowsCommand } from '../context/find-command.js';

/** A command that a scheduler runs periodically. */
export interface ScheduledCommand {
  /** Names files and labels: letters, digits, `-` and `.`. */
  readonly name: string;
  /** One line for people: what the command is for. */
  readonly purpose: string;
  /** More lines for people. */
  readonly remarks: readonly string[];
  /** The program and its arguments. Paths are absolute, because schedulers set a minimal PATH. */
  readonly words: readonly string[];
  /** Variables of this process that the command needs and no scheduler sets. No secrets. */
  readonly environment: ReadonlyArray<readonly [name: string, value: string]>;
  readonly everyMinutes: number;
  /** True if a login takes its password from the keychain. */
  readonly usesKeychain?: boolean;
  /** A number that differs between sessions, so that not all of them are renewed in the same minute. */
  readonly spread: number;
}

interface ScheduleFile {
  readonly path: string;
  readonly content: string;
}

export interface ScheduleEntry {
  readonly files: readonly ScheduleFile[];
  /** The files as they are printed, with comments on where to put them. */
  readonly text: string;
}

/**
 * @param forbidden matches the characters that an entry of this scheduler cannot hold
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
function refuseInEntry(command: ScheduledCommand, scheduler: string, forbidden: RegExp, what: string): void {
  const texts = [command.purpose, ...command.remarks, ...command.words, ...command.environment.flat()];
  const bad = texts.find((text) => forbidden.test(text));
  if (bad === undefined) return;
  const shown = JSON.stringify(bad.slice(0, 80));
  throw new OracleComputeError('ENTRY_NOT_WRITABLE', `an entry for ${scheduler} cannot hold ${what}: ${shown}`, {
    scheduler,
  });
}

/**
 * The minute of the hour in which a command runs first; it differs between sessions. If the period does not divide an
 * hour, the minute is small enough that the gap at the end of the hour is not longer than the period.
 */
function firstMinute({ everyMinutes, spread }: ScheduledCommand): number {
  return spread % (60 % everyMinutes || everyMinutes);
}

/** Flags need no quotes, and an entry is easier to read without them. */
const FLAG = /^-{1,2}[a-z-]+$/;

/** Debian's cron and others refuse longer commands (`MAX_COMMAND`, 1000 characters). */
const LONGEST_COMMAND = 990;

/**
 * A line for crontab(5): minutes, then a command for /bin/sh. cron reads `%` as a line break, in quotes too, unless it
 * follows a backslash. Crons differ in how they read other backslashes, so these are refused.
 *
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function cronEntry(command: ScheduledCommand): ScheduleEntry {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the refused characters
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
    'To add it to your crontab: crontab -e',
    'cron mails its output, which is empty unless something is wrong.',
  ];
  const content = `${comments.map((comment) => `# ${comment}\n`).join('')}${cronMinutes(command)} * * * * ${line}\n`;
  return { files: [{ path: 'crontab', content }], text: content };
}

function cronMinutes(command: ScheduledCommand): string {
  const { everyMinutes } = command;
  return everyMinutes === 1 ? '*' : `${firstMinute(command)}-59/${everyMinutes}`;
}

const SYSTEMD_FOLDER = '~/.config/systemd/user';
const END_OF_UNIT = 'END-OF-UNIT';

/**
 * A service and its timer for the systemd of a user (systemd.service(5), systemd.timer(5)), as a script that writes
 * both.
 *
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function systemdEntry(command: ScheduledCommand): ScheduleEntry {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the refused characters
  refuseInEntry(command, 'systemd', /[\u0000-\u001f\u007f]/, 'a control character');
  const files = [
    { path: `${SYSTEMD_FOLDER}/${command.name}.service`, content: systemdService(command) },
    { path: `${SYSTEMD_FOLDER}/${command.name}.timer`, content: systemdTimer(command) },
  ];
  return { files, text: systemdScript(command, files) };
}

function systemdService(command: ScheduledCommand): string {
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

function systemdTimer(command: ScheduledCommand): string {
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

function systemdScript(command: ScheduledCommand, files: ScheduleEntry['files']): string {
  const comments = [
    command.purpose,
    ...command.remarks,
    'This script installs a service and its timer: oracle-compute schedule systemd … | sh',
    `Its log: journalctl --user -u ${command.name}`,
    'To run it while you are not logged in: loginctl enable-linger',
  ];
  const parts = files.map(
    ({ path, content }) => `cat > ${path.replace(/^~/, '"$HOME"')} <<'${END_OF_UNIT}'\n${content}${END_OF_UNIT}\n`,
  );
  return [
    comments.map((comment) => `# ${comment}\n`).join(''),
    `mkdir -p ${SYSTEMD_FOLDER.replace(/^~/, '"$HOME"')}\n`,
    ...parts,
    `systemctl --user daemon-reload\nsystemctl --user enable --now ${command.name}.timer\n`,
  ].join('');
}

/** systemd does not start a program with a quote in its path, so a shell starts it. */
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
 * A task for the Task Scheduler of Windows, as a script for PowerShell: schtasks itself takes no command of more than
 * 261 characters.
 *
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function schtasksEntry(command: ScheduledCommand, env: Context['env']): ScheduleEntry {
  // The Task Scheduler reads %NAME% as a variable.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the refused characters
  refuseInEntry(command, 'schtasks', /[\u0000-\u001f\u007f%]/, 'a control character or a percent sign');
  const { name, everyMinutes, usesKeychain, environment } = command;
  const [program = '', ...words] = command.words;
  const { file, args, windowsVerbatimArguments } = windowsCommand(program, words, env, () => true);
  const line = (windowsVerbatimArguments ? args : args.map(windowsArgument)).join(' ');
  // Without the user's password, which this one does not ask for, a task cannot open the keychain: nobody is logged on.
  const [when, logon] = usesKeychain
    ? ['while you are logged on, because the keychain needs that', 'Interactive']
    : ['whether you are logged on or not', 'S4U'];
  const comments = [
    command.purpose,
    ...command.remarks,
    `It runs ${when}. To install it, in a PowerShell that an administrator started:`,
    '  oracle-compute schedule schtasks … | Out-String | Invoke-Expression',
    `Its last result: schtasks /query /v /fo list /tn ${name}; to remove it: schtasks /delete /tn ${name}`,
  ];
  const ps = (text: string) => `(${powerShellExpression(text)})`;
  const content = `${comments.map((comment) => `# ${comment}\n`).join('')}${environment
    .map(([variable, value]) => `[Environment]::SetEnvironmentVariable(${ps(variable)}, ${ps(value)}, 'User')\n`)
    .join('')}Register-ScheduledTask -Force -TaskName ${ps(name)} -Description ${ps(command.purpose)} \`
  -Action (New-ScheduledTaskAction -Execute ${ps(file)} -Argument ${ps(line)}) \`
  -Trigger (New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes ${everyMinutes})) \`
  -Principal (New-ScheduledTaskPrincipal -UserId "$env:USERDOMAIN\\$env:USERNAME" -LogonType ${logon}) \`
  -Settings (New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries \`
    -ExecutionTimeLimit (New-TimeSpan -Seconds ${everyMinutes * 30}))
`;
  return { files: [{ path: `${name}.ps1`, content }], text: content };
}

/** One argument of a Windows command line, as the C runtime reads it. */
export function windowsArgument(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
}

/**
 * A property list for launchd(8), as an agent of the user, which can reach the keychain of macOS.
 *
 * @param home the log is below it, in `Library/Logs`
 * @throws OracleComputeError ENTRY_NOT_WRITABLE
 */
export function launchdEntry(command: ScheduledCommand, home: string): ScheduleEntry {
  // XML 1.0, 2.2: a document must not have these characters, nor references to them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the refused characters
  refuseInEntry(command, 'launchd', /[\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/u, 'a control character');
  const path = `~/Library/LaunchAgents/${command.name}.plist`;
  const comments = [
    command.purpose,
    ...command.remarks,
    `To install it: oracle-compute schedule launchd … > ${path}`,
    `and then: launchctl bootstrap gui/$(id -u) ${path}`,
  ];
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
${comments.map((comment) => `  ${xmlComment(comment)}\n`).join('')}-->
<plist version="1.0">
<dict>
  <key>Label</key>
  ${plistString(command.name)}
  <key>ProgramArguments</key>
  <array>
${command.words.map((word) => `    ${plistString(word)}\n`).join('')}  </array>
${launchdEnvironment(command)}  <key>StartInterval</key>
  <integer>${command.everyMinutes * 60}</integer>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardErrorPath</key>
  ${plistString(`${home}/Library/Logs/${command.name}.log`)}
</dict>
</plist>
`;
  return { files: [{ path, content }], text: content };
}

function launchdEnvironment({ environment }: ScheduledCommand): string {
  if (environment.length === 0) return '';
  const entries = environment.map(([name, value]) => `    <key>${escapeXml(name)}</key>\n    ${plistString(value)}\n`);
  return `  <key>EnvironmentVariables</key>\n  <dict>\n${entries.join('')}  </dict>\n`;
}

function plistString(text: string): string {
  return `<string>${escapeXml(text)}</string>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** XML 1.0, 2.5: a comment must not have two hyphens in a row. */
function xmlComment(text: string): string {
  return text.replace(/-(?=-)/g, '- ').replace(/-$/, '- ');
}
