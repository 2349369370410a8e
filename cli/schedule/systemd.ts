import { firstMinute, refuseInEntry, type ScheduledCommand, type ScheduleEntry } from './entry.js';

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
