import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { requirePart } from '../support/real-part.js';
import { entryOf, IN_WINE, NODE, WINE_ENV, type WindowsUser, windowsUser } from './machine.js';

/**
 * Runs lines of the program at a console of Wine, which is a terminal of Unix that expect types into. Node for Windows
 * ends at once if a console has no title (nodejs/node#58695), as one of Wine.
 *
 * @param script of expect
 * @returns what was shown, without the control sequences of the terminal
 */
async function atConsole(user: WindowsUser, lines: ReadonlyArray<readonly string[]>, script: string): Promise<string> {
  const { USERPROFILE, OPC_API, OPC_USER } = user.env;
  const starter = user.write(
    'starter.js',
    `const { spawnSync } = require('node:child_process');
const env = { ...process.env, ...${JSON.stringify({ USERPROFILE, OPC_API, OPC_USER })} };
for (const line of ${JSON.stringify(lines)}) {
  const { status } = spawnSync(process.execPath, [${JSON.stringify(entryOf('oracle-compute'))}, ...line], { env, stdio: 'inherit' });
  console.log('ended with', status);
}`,
  );
  const batch = user.write('console.cmd', `@title console\r\n@"${NODE}" "${starter}"\r\n`);
  const path = join(user.folder, 'console.exp');
  writeFileSync(
    path,
    `set timeout 60
proc need {pattern} { expect -re $pattern {} timeout { puts "\\nno $pattern"; exit 99 } eof { puts "\\nend, no $pattern"; exit 98 } }
# Wine takes the echo from the terminal a moment after it has begun to read.
proc type {text} {
  global spawn_out
  for {set looks 0} {![regexp -- {-icanon} [exec stty -a < $spawn_out(slave,name)]]} {incr looks} {
    if {$looks > 600} { puts "\\nnobody reads"; exit 97 }
    after 100
  }
  send -- $text
}
spawn -noecho wine cmd /d /c {${batch}}
${script}
`,
  );
  const child = spawn(requirePart('expect'), [path], { env: WINE_ENV });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin so
  return shown.replaceAll(/\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007]*\u0007|[()][A-Z0-9])|\r/g, '');
}

// A console of Windows itself has no Unix side to type from.
if (IN_WINE) {
  it('a console asks for the password without showing it, and then shows tables and sentences', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    const shown = await atConsole(
      user,
      [['auth'], ['status']],
      `need {Password of .*:}
type "${service.password}\\r"
need {ended with 0}
need {ended with \\d+}`,
    );
    expect(shown).toMatch(/logged in/);
    expect(shown.replaceAll('\n', '')).toContain('oracle-compute env | Invoke-Expression');
    expect(shown).toMatch(/^token +in 30 min/m);
    expect(shown).not.toContain(service.password);
    expect(service.logins).toBe(1);
  });

  it('Ctrl-C at the question ends the program, and sends nothing', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    const shown = await atConsole(
      user,
      [['auth']],
      `need {Password of .*:}
type "half\\003"`,
    );
    expect(shown).toContain('Password of');
    expect(shown).not.toContain('half');
    expect(service.requests).toEqual([]);
  });
}
