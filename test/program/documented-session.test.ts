import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { userMachine } from '../support/user-machine.js';

const USER = '/Compute-acme/jack.jones@example.com';

describe('the session of the documentation, in a real shell', () => {
  it.each([
    ['dash', 'eval "$(oracle-compute auth U ~/.opc/password)"'],
    ['bash', 'eval $(oracle-compute auth U ~/.opc/password)'],
    ['zsh', 'eval "$(oracle-compute auth U ~/.opc/password)"'],
    ['ksh', 'eval "$(oracle-compute auth --shell ksh U ~/.opc/password)"'],
    ['bash', 'eval "$(oracle-compute auth U - < ~/.opc/password)"'],
    ['bash', 'eval "$(oracle-compute auth U <(cat ~/.opc/password))"'],
  ] as const)('%s: %s', async (shell, line) => {
    requirePart(shell);
    requirePart('curl');
    const { service, ...user } = await userMachine();
    const { status, stdout, stderr } = await user.shell(
      shell,
      `${line.replace('U', USER)}
curl -sS -H "Cookie: nimbula=$OPC_COOKIE" "\${OPC_API}account/Compute-acme/"
`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"result"');
    expect(service.logins).toBe(1);
  });

  it('goes on with the token of a refresh', async () => {
    requirePart('dash');
    requirePart('curl');
    const { service, shell } = await userMachine();
    const { status, stdout, stderr } = await shell(
      'dash',
      `eval $(oracle-compute auth ${USER} ~/.opc/password)
eval "$(oracle-compute refresh_token)"
unset OPC_API
curl -sS -o /dev/null -w '%{http_code}' -H "Cookie: nimbula=$OPC_COOKIE" ${service.url}instance/Compute-acme/
`,
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '200', stderr: '' });
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
  });

  it('fish and tcsh have their own forms', async () => {
    requirePart('fish');
    requirePart('tcsh');
    const { shell } = await userMachine();
    const fish = await shell(
      'fish',
      `oracle-compute auth --shell fish ${USER} ~/.opc/password | source\necho $OPC_COOKIE\n`,
    );
    expect(fish.stdout).toMatch(/^eyJ[\w=+/]+\n$/);
    const tcsh = await shell(
      'tcsh',
      `eval \`oracle-compute auth --shell tcsh ${USER} ~/.opc/password\`\necho $OPC_COOKIE\n`,
    );
    expect(tcsh.stdout).toMatch(/^eyJ[\w=+/]+\n$/);
  });

  it.each([
    'dash',
    'bash',
    'zsh',
    'ksh',
  ] as const)('%s: a script with set -e stops at a login that failed', async (name) => {
    requirePart(name);
    const { shell, home } = await userMachine();
    writeFileSync(join(home, '.opc', 'password'), 'wrong');
    const { status, stdout, stderr } = await shell(
      name,
      `set -e\neval "$(oracle-compute auth ${USER} ~/.opc/password)"\necho not reached\n`,
    );
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('refused the user name or the password');
  });

  it('the Oracle Cloud Machine’s raw JSON comes through as well', async () => {
    const { shell, service } = await userMachine({ dialect: 'machine' });
    const { stdout } = await shell(
      'bash',
      `eval "$(oracle-compute auth ${service.user} ~/.opc/password)"
curl -sS -o /dev/null -w '%{http_code}' -H "Cookie: nimbula=$OPC_COOKIE" "\${OPC_API}account/${service.user.split('/')[1]}/"`,
    );
    expect(stdout).toBe('200');
  });

  it('whatever the server sends, nothing of it runs', async () => {
    const { shell, service, home } = await userMachine();
    service.faults.nextCookieValue(`'$(touch ${home}/ran)\`touch ${home}/ran\`'"|touch ${home}/ran&&!!\\`);
    const { status, stdout } = await shell(
      'bash',
      `eval "$(oracle-compute auth ${USER} ~/.opc/password)"\nls ~/ran 2>/dev/null\nprintf %s "$OPC_COOKIE"\n`,
    );
    expect(status).toBe(0);
    expect(stdout).toBe(`'$(touch ${home}/ran)\`touch ${home}/ran\`'"|touch ${home}/ran&&!!\\`);
  });

  it('a reader that goes away is no failure', async () => {
    const { shell } = await userMachine();
    const { status, stderr } = await shell(
      'bash',
      `set -o pipefail\noracle-compute --help | true\noracle-compute status --help | head -1 >/dev/null\n`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('a terminal is asked for the password, which it does not show', async () => {
    requirePart('expect');
    const { home, service, env } = await userMachine();
    const script = writeFileWithMode(
      join(home, 'type.exp'),
      `set timeout 60
spawn sh -c "eval \\"\\$(oracle-compute auth ${USER} -)\\" && echo token \\\${#OPC_COOKIE}"
expect "Password of ${USER} at * "
send "${service.password}\\r"
expect "token *"
expect eof
`,
    );
    const { stdout } = await runProgram([script], { env }, ['expect']);
    expect(stdout).toMatch(/token \d{3,}/);
    expect(stdout).not.toContain(service.password);
  });

  it('Ctrl-C at the question ends with 130 and leaves the terminal as it was', async () => {
    requirePart('expect');
    const { home, env } = await userMachine();
    const script = writeFileWithMode(
      join(home, 'type.exp'),
      `set timeout 60
spawn sh -c "oracle-compute auth ${USER} -; echo status \\$?; stty -a | grep -o ' -\\\\?echo '"
expect "Password of *: "
send "\\003"
expect "status *"
expect eof
`,
    );
    const { stdout } = await runProgram([script], { env }, ['expect']);
    expect(stdout).toContain('status 130');
    expect(stdout).toMatch(/ echo /);
  });
});
