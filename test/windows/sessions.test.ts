import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { startOciService } from '../../fixtures/oci-service/server.js';
import { ociEnvironment, visitor } from '../support/oci.js';
import { BIN, IN_WINE, type WindowsUser, windowsUser } from './machine.js';

/** All files below the profile folder's own folders of this program. */
function filesOf({ folder }: WindowsUser, name: string): string[] {
  const place = join(folder, name);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

describe('a session of Oracle Compute', () => {
  it('goes over TLS from the login to its end, in the words of PowerShell, and leaves nothing', async () => {
    const authority = await createLocalAuthority();
    const service = await startComputeService({ tls: authority });
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    user.write('.opc/password', `\ufeff${service.password}\r\n`);
    const bundle = user.write('private authority.pem', authority.certificatePem);
    const tls = { OPC_CA_BUNDLE: bundle };
    const statement = /^\$env:OPC_COOKIE = '[\w+=/]+'\n$/;
    expect(await user.run(['auth', service.user, '~\\.opc\\password'], { env: tls })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(statement),
      stderr: '',
    });
    expect(await user.run(['refresh_token'], { env: tls })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(statement),
    });
    expect(await user.run(['status', '-f', 'json'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"valid"'),
    });
    expect(await user.run(['list', 'instance', '-f', 'csv'], { env: tls })).toMatchObject({ status: 0 });
    expect(filesOf(user, '.opc/cookies')).toHaveLength(1);
    expect(await user.run(['logout'])).toMatchObject({ status: 0, stderr: '' });
    expect(filesOf(user, '.opc/cookies')).toEqual([]);
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
  });

  it('is used by a batch file, which gets the token by for /f, and whose files and profile are named with backslashes', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    user.write('password', service.password);
    // Wine starts no command of cmd itself from a variable.
    const set = IN_WINE ? 'call %%i' : '%%i';
    const script = user.write(
      'session.cmd',
      [
        '@echo off',
        `set "PATH=${BIN};%PATH%"`,
        'call oracle-compute config set password-file .\\password ',
        'if errorlevel 1 exit /b 91',
        `for /f "delims=" %%i in ('oracle-compute auth --cookie-file .\\session.json --shell cmd') do ${set}`,
        'if not defined OPC_COOKIE exit /b 92',
        'echo %OPC_COOKIE%> token.txt',
        'call oracle-compute request GET /instance/Compute-acme/ > rows.json ',
        'if errorlevel 1 exit /b 93',
        'call oracle-compute auth -p - --cookie-file .\\second.json -q < password > nul ',
        'if errorlevel 1 exit /b 94',
        'call oracle-compute logout 2> error.txt',
        'exit /b 0',
        '',
      ].join('\r\n'),
    );
    const result = await user.start('cmd', ['/d', '/c', script]);
    const files = readdirSync(user.folder);
    expect(result, result.stderr).toMatchObject({ status: 0, stdout: '' });
    expect(files).toEqual(expect.arrayContaining(['second.json', 'session.json']));
    expect(files.filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(readFileSync(join(user.folder, 'token.txt'), 'utf8')).toMatch(/^eyJ[\w+=/]+\r\n$/);
    expect(readFileSync(join(user.folder, 'rows.json'), 'utf8')).toContain('"result"');
    expect(readFileSync(join(user.folder, 'error.txt'), 'utf8')).toContain(
      'Remove-Item Env:OPC_COOKIE (cmd: set OPC_COOKIE=)',
    );
    expect(service.logins).toBe(2);
  });

  it('takes its password from the credential store of Windows', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    expect(await user.run(['password', 'set'], { input: `${service.password}\n` })).toMatchObject({ status: 0 });
    expect(await user.run(['auth', '-q'])).toMatchObject({ status: 0 });
    expect(await user.run(['password', 'status', '-f', 'json'])).toMatchObject({ status: 0 });
    const { stdout } = await user.run(['doctor', '-f', 'csv', '-F', 'check,state', '-H']);
    expect(stdout).toMatch(/^folders,(?:pass|note)$/m);
    expect(stdout).not.toMatch(/,fail$/m);
    expect(await user.run(['logout', '--forget-password'])).toMatchObject({ status: 0 });
    expect(await user.run(['auth', '-q'])).toMatchObject({ status: 2, stderr: expect.stringContaining('password') });
    expect(service.logins).toBe(1);
  });
});

describe('a session of OCI', () => {
  it('goes from the login in a browser over export and import to its end, and leaves nothing', async () => {
    const service = await startOciService({ anyRedirectPort: true, loginMode: 'auto-consent' });
    onTestFinished(() => service.close());
    const user = await windowsUser();
    const { OCI_CLI_CERT_BUNDLE: _, ...settings } = ociEnvironment(service, user.folder);
    const env = { ...settings, OCI_CLI_CERT_BUNDLE: `${user.home}\\ca.pem` };
    const run = (...line: string[]) => user.run(line, { env, onStderr: visitor(service) });
    const logIn = ['oci', 'session', 'authenticate', '--profile-name', 'TokenDemo', '--callback-port', '0'];
    expect(await run(...logIn)).toMatchObject({ status: 0 });
    // The new session takes the place of one whose files are in use.
    expect(await run(...logIn, '--force')).toMatchObject({ status: 0 });
    expect(filesOf(user, '.oci')).toEqual([
      ...['config', 'sessions', 'sessions/TokenDemo'],
      ...['oci_api_key.pem', 'oci_api_key_public.pem', 'token'].map((name) => `sessions/TokenDemo/${name}`),
    ]);
    expect(readFileSync(join(user.folder, '.oci', 'config'), 'utf8')).toContain(
      `key_file=${user.home}\\.oci\\sessions\\TokenDemo\\oci_api_key.pem`,
    );
    expect(await run('oci', 'session', 'refresh', '--profile', 'TokenDemo')).toMatchObject({ status: 0 });
    expect(
      await run('oci', 'iam', 'region', 'list', '--profile', 'TokenDemo', '--auth', 'security_token'),
    ).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('emu-local-1'),
    });
    const archive = 'an archive.zip';
    const exported = await run('oci', 'session', 'export', '--profile', 'TokenDemo', '--output-file', `.\\${archive}`);
    expect(exported).toMatchObject({ status: 0 });
    expect(existsSync(join(user.folder, archive))).toBe(true);
    const folder = ['--output-dir', '.\\a folder\\.oci', '--for', '/oracle/.oci'];
    expect(await run('oci', 'session', 'export', '--profile', 'TokenDemo', ...folder)).toMatchObject({ status: 0 });
    expect(readFileSync(join(user.folder, 'a folder', '.oci', 'config'), 'utf8')).toContain(
      '=/oracle/.oci/sessions/TokenDemo/',
    );
    const second = await windowsUser(env);
    const path = `${user.home}\\${archive}`;
    const importAs = (name: string) => ['session', 'import', '--session-archive', path, '--profile-name', name];
    expect(await second.run(['oci', ...importAs('one')])).toMatchObject({ status: 0 });
    expect(await second.run(importAs('two'))).toMatchObject({ status: 0 });
    expect(await second.run(['session', 'list', '-f', 'csv', '-F', 'profile,state', '-H'])).toMatchObject({
      status: 0,
      stdout: 'one,valid\ntwo,valid\n',
    });
    for (const name of ['con', 'Aux.old', 'name.']) {
      expect(await second.run(importAs(name))).toMatchObject({
        status: 4,
        stderr: expect.stringContaining('not a valid'),
      });
    }
    expect(await run('oci', 'session', 'terminate', '--profile', 'TokenDemo')).toMatchObject({ status: 0 });
    expect(filesOf(user, '.oci')).toEqual(['config', 'sessions']);
  });
});

// Wine has no PowerShell.
if (!IN_WINE) {
  it('PowerShell takes the statements and scripts of the program, and access control lists are read', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const user = await windowsUser({ OPC_API: service.url, OPC_USER: service.user });
    const password = user.write('.opc\\password', service.password);
    const script = user.write(
      'session.ps1',
      `$env:Path = '${BIN};' + $env:Path
oracle-compute auth -p '${password}' | Invoke-Expression
if (-not $env:OPC_COOKIE) { exit 91 }
oracle-compute refresh_token | Invoke-Expression
Remove-Item Env:OPC_COOKIE
oracle-compute completion powershell | Out-String | Invoke-Expression
$line = 'oracle-compute refr'
if ((TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -notcontains 'refresh_token') { exit 92 }
$null = [ScriptBlock]::Create((oracle-compute schedule schtasks -p '${password}' | Out-String))
if (-not ((oracle-compute doctor -f csv -F 'check,state' -H) -contains 'folders,pass')) { exit 93 }
exit 7
`,
    );
    const result = await user.start('powershell', ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', script]);
    expect(result, result.stderr).toMatchObject({ status: 7 });
    expect(service).toMatchObject({ logins: 1, refreshes: 1 });
  });
}
