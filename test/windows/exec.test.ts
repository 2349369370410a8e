import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { BIN, IN_WINE, NODE, ORACLE_COMPUTE, type WindowsUser, windowsUser } from './machine.js';

/** What cmd reads in its own way, in quotes or outside. */
const ODD = ['a b', '', '^caret^', 'a&b', 'a|b<c>d', '"quoted"', 'a"&echo ran&"', 'end\\', '\\"', '!x!', '(x)', 'ü€'];
/** Wine's cmd reads the value of a variable, and of `%*`, again. */
const PERCENT = IN_WINE ? [] : ['%PATH%', '100%', '%', '"%CD%"'];

async function loggedIn(): Promise<WindowsUser> {
  const service = await startComputeService();
  onTestFinished(() => service.close());
  const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
  const password = user.write('.opc/password', service.password);
  expect(await user.run(['auth', '-q'], { env: { opc_password_file: password } })).toMatchObject({ status: 0 });
  return user;
}

describe('exec', () => {
  it('starts programs and batch files, and hands words, variables and exit statuses on', async () => {
    const user = await loggedIn();
    const show = user.write('show.js', 'console.log(JSON.stringify(process.argv.slice(2)))');
    user.write('tools/a tool/echo arguments.cmd', `@"${NODE}" "${show}" %*\r\n`);
    user.write('tools/status.bat', '@exit /b 7\r\n');
    const env = { PATH: `${user.home}\\tools;"${user.home}\\tools\\a tool";${user.env.Path ?? user.env.PATH}` };
    const exec = (...words: string[]) => user.run(['exec', '--', ...words], { env });
    const batch = await exec('echo arguments', ...ODD, ...PERCENT);
    expect(batch.stderr).toBe('');
    expect(JSON.parse(batch.stdout)).toEqual([...ODD, ...PERCENT]);
    const program = await exec(NODE, show, ...ODD, '%PATH%');
    expect(JSON.parse(program.stdout)).toEqual([...ODD, '%PATH%']);
    expect(await exec('status')).toMatchObject({ status: 7 });
    expect(await exec(NODE, '-e', 'process.exit(5)')).toMatchObject({ status: 5 });
    expect(await exec('cmd', '/d', '/c', 'if defined OPC_COOKIE exit 3')).toMatchObject({ status: 3 });
  });

  it('says in words of Windows what cannot be started', async () => {
    const user = await loggedIn();
    user.write('here.cmd', '@exit /b 0\r\n');
    user.write('script.ps1', '');
    const exec = async (...words: string[]) => {
      const { status, stderr } = await user.run(['exec', '--', ...words]);
      return `${status} ${stderr.replaceAll(/\r?\n/g, ' ')}`;
    };
    expect(await exec('mklink', 'x')).toMatch(/^127 .*part of cmd write it like this: cmd \/d \/c mklink $/);
    expect(await exec('missing')).toMatch(
      /^127 .*command not found: missing check that it is installed: Get-Command missing $/,
    );
    expect(await exec('here')).toMatch(/^127 .*write it like this: \.\\here $/);
    expect(await exec('.\\here')).toBe('0 ');
    expect(await exec('.\\script.ps1')).toMatch(/^126 .*write it like this: powershell -File \.\\script\.ps1 $/);
  });

  it('keeps secrets from the command, however their names are written', async () => {
    const user = await loggedIn();
    const { stdout } = await user.run(['exec', '--', NODE, '-p', 'JSON.stringify(process.env)'], {
      env: { opc_password_file: 'C:\\canary', Opc_Password: 'canary' },
    });
    expect(stdout).toContain('"OPC_COOKIE"');
    expect(stdout).not.toContain('canary');
  });
});

describe('the launchers', () => {
  it('pass words on unchanged, and NODE_OPTIONS to commands only', async () => {
    const user = await loggedIn();
    const show = user.write(
      'show.js',
      'console.log(JSON.stringify([process.argv.slice(2), process.env.NODE_OPTIONS]))',
    );
    // As a batch file writes them.
    const words = `"a b" "^caret" "a&b"${IN_WINE ? '' : ' 100%% "%%PATH%%"'}`;
    const read = ['a b', '^caret', 'a&b', ...(IN_WINE ? [] : ['100%', '%PATH%'])];
    const script = user.write(
      'line.cmd',
      `@echo off\r\nset "NODE_OPTIONS=--no-warnings"\r\n"${ORACLE_COMPUTE}" exec -- "${NODE}" "${show}" ${words}\r\n`,
    );
    const { stdout, stderr } = await user.start('cmd', ['/d', '/c', script]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([read, '--no-warnings']);
    const wrong = await user.start('cmd', ['/d', '/s', '/c', `""${ORACLE_COMPUTE}" status --nonsense"`], {
      isRaw: true,
    });
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('oci', () => {
  it('passes other lines on to the next oci on the PATH, a batch file too', async () => {
    const user = await loggedIn();
    const show = user.write('show.js', 'console.log(JSON.stringify(process.argv.slice(2)))');
    user.write("Oracle's/oci.cmd", `@"${NODE}" "${show}" %*\r\n@exit /b 9\r\n`);
    // What npm makes for this program's own oci.
    user.write('npm/oci.cmd', '@node "%~dp0\\node_modules\\oracle-compute\\dist\\bin\\oci.js" %*\r\n');
    const env = { PATH: `${BIN};${user.home}\\npm;${user.home}\\Oracle's;${user.env.Path ?? user.env.PATH}` };
    const line = ['os', 'ns', 'get', '--query', 'data[?a=="b"] | [0]'];
    const { status, stdout, stderr } = await user.run(['oci', ...line], { env });
    expect({ status, stderr }).toEqual({ status: 9, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(line);
    const alone = await user.run(['oci', ...line], { env: { PATH: BIN } });
    expect(alone).toMatchObject({ status: 2, stderr: expect.stringContaining('no other oci') });
  });
});
