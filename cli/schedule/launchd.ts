import { refuseInEntry, type ScheduledCommand, type ScheduleEntry } from './entry.js';

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
