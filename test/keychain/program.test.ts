import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ComputeService, startComputeService } from '../../fixtures/compute-service/server.js';
import { tokenIn } from '../support/compute.js';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { temporaryHome } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';
import { type Environment, keychainIn, lockedKeyring, openKeyring, privateBus } from './keyring-session.js';

async function localService(): Promise<ComputeService> {
  const service = await startComputeService();
  onTestFinished(() => service.close());
  return service;
}

function computeEnvironment(env: Environment, service: ComputeService) {
  return { ...env, OPC_API: service.url, OPC_USER: service.user };
}

/** The same line in the process of the tests, with the same keychain. */
function runHere(line: readonly string[], env: Environment, stdin = '') {
  return runLine(line, { home: env.HOME ?? '', env, stdin, keychain: keychainIn(env) });
}

describe("the program with GNOME's keyring", () => {
  it('saves a password once, logs in with it from then on, and forgets it', async () => {
    requirePart('libsecret');
    const service = await localService();
    const home = temporaryHome();
    const bus = await privateBus(home);
    await openKeyring(bus);
    const env = computeEnvironment(bus, service);

    const saved = await runProgram(['auth', service.user, '-', '--save-password'], {
      env,
      input: `${service.password}\n`,
    });
    expect(saved).toMatchObject({ status: 0, stderr: '' });
    expect(tokenIn(saved.stdout)).not.toBe('');
    const status = await runHere(['password', 'status', '-fjson'], env);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'present', user: service.user });

    expect(await runHere(['logout'], env)).toMatchObject({ status: 0, stderr: '' });
    // As npm installs it, and from another folder: the helper is found.
    const link = join(home, 'oracle-compute');
    symlinkSync(PROGRAM, link);
    const again = await runProgram(['auth'], { env, cwd: '/' }, [process.execPath, link]);
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(await runHere(['logout'], env)).toMatchObject({ status: 0, stderr: '' });
    const anew = await runHere(['refresh_token', '--reauthenticate', '-q'], env);
    expect(anew).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(service.logins).toBe(3);

    expect(await runHere(['logout', '--forget-password'], env)).toMatchObject({ status: 0, stderr: '' });
    const forgotten = await runHere(['auth'], env);
    expect(forgotten).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(forgotten.stderr).toMatch(/the keychain has none, or is locked/);
  });

  it('gives the password to many at once, of whom one logs in', async () => {
    requirePart('libsecret');
    const service = await localService();
    const bus = await privateBus(temporaryHome());
    await openKeyring(bus);
    const env = computeEnvironment(bus, service);
    expect(await runHere(['password', 'set'], env, `${service.password}\n`)).toMatchObject({ status: 0 });
    const line = ['refresh_token', '-q', '--min-valid', '1m', '--reauthenticate'];
    const results = await Promise.all([
      ...Array.from({ length: 3 }, () => runHere(line, env)),
      runProgram(line, { env }),
    ]);
    // Some had to wait for the one, and say so.
    for (const { status, stdout } of results) expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(service.logins).toBe(1);
  });

  it('asks twice at a real terminal, and shows nothing of what is typed', async () => {
    requirePart('libsecret');
    const home = temporaryHome();
    const bus = await privateBus(home);
    await openKeyring(bus);
    const script = join(home, 'type.exp');
    writeFileSync(
      script,
      `set timeout 60
spawn ${process.execPath} ${PROGRAM} password set /Compute-acme/jack -a https://api.example.com
expect "at https://api.example.com: " { send "typed päss '1\\r" } timeout { exit 90 }
expect "again: " { send "typed päss '1\\r" } timeout { exit 91 }
expect "is in the keychain" {} timeout { exit 92 }
expect eof
exit [lindex [wait] 3]
`,
    );
    const typed = await runProgram([script], { env: { ...bus, TERM: 'xterm' } }, [requirePart('expect')]);
    expect(typed.status).toBe(0);
    expect(typed.stdout).not.toMatch(/typed|p.?ss '1/);
    const account = { user: '/Compute-acme/jack', endpoint: 'https://api.example.com' };
    expect(await keychainIn(bus).get(account)).toBe("typed päss '1");
  });
});

describe('the program without an open keychain', () => {
  it('gives up a dialog that nobody answers, says what to do, and ends', async () => {
    requirePart('libsecret');
    const service = await localService();
    const home = temporaryHome();
    const first = await privateBus(home);
    await openKeyring(first);
    expect((await runHere(['password', 'set'], computeEnvironment(first, service), 'secret\n')).status).toBe(0);
    const later = await privateBus(home, { dialogs: 'unanswered' });
    await lockedKeyring(later);
    const env = computeEnvironment(later, service);
    const { status, stdout, stderr } = await runProgram(['auth'], { env });
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'false\n' });
    expect(stderr).toMatch(/^oracle-compute: the keychain did not answer in 3 s\nunlock it .*-p FILE.*\n$/);
    expect(service.requests).toHaveLength(0);
  });

  it('under cron, with no D-Bus and no terminal, names the flag and the variable that would help', async () => {
    requirePart('libsecret');
    const service = await localService();
    const env = computeEnvironment({ HOME: temporaryHome(), PATH: '/usr/bin:/bin' }, service);
    const { status, stdout, stderr } = await runProgram(['refresh_token', '-q', '--reauthenticate'], { env });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/no keychain is available: .*D-Bus.*\ngive a password file: -p FILE or OPC_PASSWORD_FILE/);
  });

  it('prints the export line though the password could not be saved', async () => {
    requirePart('libsecret');
    const service = await localService();
    const env = computeEnvironment(cleanEnvironment(temporaryHome()), service);
    const script = `line="$("$@" auth "$OPC_USER" - --save-password)"; echo "status $?"; eval "$line" && echo "cookie \${#OPC_COOKIE}"`;
    const result = await runProgram(
      ['-c', script, 'sh', process.execPath, PROGRAM],
      { env, input: `${service.password}\n` },
      ['sh'],
    );
    expect(result.stdout).toMatch(/^status 2\ncookie [1-9]\d+\n$/);
    expect(result.stderr).toMatch(/logged in, but the password was not saved: no keychain is available/);
    expect((await runHere(['status', '-q'], env)).status).toBe(0);
  });
});

it('a program that uses the library finds what the commands have saved', async () => {
  requirePart('libsecret');
  const home = temporaryHome();
  const bus = await privateBus(home);
  await openKeyring(bus);
  const account = { user: '/Compute-acme/jack', endpoint: 'https://api.example.com' };
  const set = ['password', 'set', account.user, '-a', account.endpoint];
  expect((await runHere(set, bus, 'secret\n')).status).toBe(0);
  const script = `
    import { systemKeychain } from ${JSON.stringify(pathToFileURL(resolve('dist/lib/index.js')).href)};
    const account = ${JSON.stringify(account)};
    const keychain = systemKeychain();
    await keychain.check();
    console.log(await keychain.get(account), await keychain.delete(account), await keychain.get(account));
  `;
  const used = await runProgram(['--input-type=module', '-e', script], { env: bus, cwd: home }, [process.execPath]);
  expect(used).toMatchObject({ status: 0, stdout: 'secret true undefined\n', stderr: '' });
});
