import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listenForSignals } from '../../cli/context/signals.js';
import { usualSyntax } from '../../lib/shell/syntax.js';
import { computeBench } from '../support/compute.js';
import { fakeKeychain } from '../support/fake-keychain.js';

const SELF = ['C:\\Program Files\\nodejs\\node.exe', 'C:\\npm\\oracle-compute.js'];

describe('on Windows', () => {
  it('schedule prints a script for the Task Scheduler, without a token or a password', async () => {
    const bench = await computeBench();
    const { status, stdout } = await bench.run(['schedule', 'schtasks', '-p', bench.passwordFile], {
      platform: 'win32',
      self: SELF,
      env: { ...bench.env, HTTP_PROXY: 'http://proxy.example.com:3128', NO_PROXY: '' },
    });
    expect(status).toBe(0);
    expect(stdout).toContain('# It runs whether you are logged on or not.');
    expect(stdout).toContain("-Execute ('C:\\Program Files\\nodejs\\node.exe')");
    expect(stdout).toContain(
      `-Argument ('C:\\npm\\oracle-compute.js refresh_token -q --min-valid 21m --reauthenticate -p`,
    );
    expect(stdout).toContain('-RepetitionInterval (New-TimeSpan -Minutes 10)');
    expect(stdout).toContain('-LogonType S4U');
    expect(stdout).not.toContain(bench.service.password);
  });

  it('a task that takes its password from the keychain runs while its user is logged on', async () => {
    const bench = await computeBench();
    const keychain = fakeKeychain();
    await keychain.set({ endpoint: bench.service.origin, user: bench.service.user }, 'x');
    const { OPC_PASSWORD_FILE: _, ...env } = bench.env;
    const { stdout } = await bench.run(['schedule', 'schtasks'], { platform: 'win32', self: SELF, env, keychain });
    expect(stdout).toContain('-LogonType Interactive');
  });

  it('a batch file as the launcher is started by cmd.exe, and a percent sign is refused', async () => {
    const bench = await computeBench();
    const line = (name: string) =>
      bench.run(['schedule', 'schtasks', '-p', bench.passwordFile], {
        platform: 'win32',
        self: [`C:\\${name}\\oracle-compute.cmd`],
      });
    expect((await line('a b')).stdout).toContain(
      `-Execute ('C:\\Windows\\System32\\cmd.exe') -Argument ('/e:ON /v:OFF /d /c ""C:\\a b\\oracle-compute.cmd" refresh_token -q`,
    );
    expect(await line('100%')).toMatchObject({ status: 4, stdout: '' });
  });

  it.each([
    ['win32', 'cron', 'schtasks'],
    ['win32', 'systemd', 'schtasks'],
    ['win32', 'launchd', 'schtasks'],
    ['linux', 'schtasks', 'cron'],
    ['darwin', 'schtasks', 'launchd'],
  ] as const)('of %s, the scheduler %s is refused in favour of %s', async (platform, scheduler, better) => {
    const bench = await computeBench();
    const { status, stdout, stderr } = await bench.run(['schedule', scheduler], { platform });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`write it like this: oracle-compute schedule ${better}\n`);
  });

  it('a statement is for PowerShell, unless a Unix shell is around, and a failure prints no false', async () => {
    const bench = await computeBench();
    const env = { ...bench.env, SHELL: '' };
    expect((await bench.run(['auth'], { platform: 'win32', env })).stdout).toMatch(/^\$env:OPC_COOKIE = '/);
    writeFileSync(join(bench.home, '.opc', 'password'), 'wrong');
    expect(await bench.run(['auth'], { platform: 'win32', env })).toMatchObject({ status: 10, stdout: '' });
    expect(usualSyntax('win32', {})).toBe('powershell');
    expect(usualSyntax('win32', { MSYSTEM: 'MINGW64' })).toBe('sh');
    expect(usualSyntax('win32', { SHELL: '/usr/bin/bash' })).toBe('sh');
    expect(usualSyntax('linux', {})).toBe('sh');
  });

  it('help shows lines of PowerShell', async () => {
    const bench = await computeBench();
    expect((await bench.run(['auth', '--help'], { platform: 'win32' })).stderr).toContain(
      'oracle-compute auth /Compute-acme/jack.jones@example.com ~\\.opc\\password | Invoke-Expression',
    );
    expect((await bench.run(['--help'], { platform: 'win32' })).stdout).not.toContain('eval "$(');
  });

  it('completion knows PowerShell, which cannot pass an empty word', async () => {
    const bench = await computeBench();
    const { stdout } = await bench.run(['completion', 'powershell'], { self: SELF });
    expect(stdout).toContain('Register-ArgumentCompleter -Native -CommandName oracle-compute, oci');
    expect(stdout).toContain(
      "& 'C:\\Program Files\\nodejs\\node.exe' 'C:\\npm\\oracle-compute.js' --get-yargs-completions",
    );
    const empty = await bench.run(['--get-yargs-completions', 'oracle-compute.exe', 'password', '""']);
    expect(empty.stdout).toMatch(/^words\n(?:.*\n)*set\t/);
    const oci = await bench.run(['--get-yargs-completions', 'oci.cmd', 'iam', '""']);
    expect(oci.stdout).toMatch(/^words\nregion\t/);
  });

  it.each([
    ['win32', 'SIGBREAK', 'SIGINT'],
    ['win32', 'SIGINT', 'SIGINT'],
    ['win32', 'SIGHUP', 'SIGHUP'],
    ['linux', 'SIGBREAK', undefined],
  ] as const)('of %s, the signal %s ends the program as %s', (platform, signal, reported) => {
    const process = Object.assign(new EventEmitter(), { platform });
    const { interruption } = listenForSignals(process as unknown as NodeJS.Process);
    process.emit(signal, signal);
    expect(interruption.reason?.fields.signal).toBe(reported);
    // A second one has its usual effect.
    expect(process.listenerCount(signal)).toBe(0);
  });

  it('logout prints the statement that takes the token out of PowerShell', async () => {
    const bench = await computeBench();
    const { stdout } = await bench.run(['logout', '--shell', 'powershell', '--all'], {
      env: { ...bench.env, OPC_COOKIE: bench.service.issueToken() },
    });
    expect(stdout).toBe('Remove-Item Env:OPC_COOKIE\n');
  });
});
