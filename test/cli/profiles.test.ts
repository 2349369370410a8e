import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComputeBench, computeBench } from '../support/compute.js';
import { filesBelow, modeOf, writeFileWithMode } from '../support/temporary-home.js';

const JACK = '/Compute-acme/jack.jones@example.com';

/** A service whose address stands in no variable, and the folder of the profiles. */
async function profileBench() {
  const bench = await computeBench();
  const folder = join(bench.home, '.opc', 'profiles');
  const put = (name: string, compute: object, more: object = {}) =>
    writeFileWithMode(join(folder, name), JSON.stringify({ ...more, compute }));
  const run = (line: readonly string[], env: Record<string, string> = {}) => bench.run(line, { env });
  const own = { endpoint: bench.service.url, user: bench.service.user, 'password-file': bench.passwordFile };
  return { ...bench, folder, put, run, own };
}

const userOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).user;

describe('a named profile', () => {
  it('gives what flags and variables lack, by --profile before or after the command, and by OPC_PROFILE', async () => {
    const { run, put, own, service } = await profileBench();
    put('prod', own);
    put('default', { ...own, user: '/Compute-acme/nobody' });
    for (const line of [
      ['auth', '-q', '--profile', 'prod'],
      ['--profile', 'prod', 'auth', '-q'],
      ['auth', '-q', '--profile=prod'],
    ]) {
      expect(await run(line), line.join(' ')).toMatchObject({ status: 0 });
    }
    expect(await run(['status'], { OPC_PROFILE: 'prod' })).toMatchObject({ status: 0 });
    expect((await run(['status'], { OPC_PROFILE: '' })).status).toBe(10);
    expect(userOf(await run(['status', '-fjson', '--profile', 'prod'], { OPC_PROFILE: 'none' }))).toBe(service.user);
    expect((await run(['status', '-fjson', '--profile', 'prod', '-u', '/Compute-acme/nobody'])).status).toBe(10);
  });

  it('is looked for in the folder that is named', async () => {
    const { run, home, own } = await profileBench();
    writeFileWithMode(join(home, 'team', 'prod'), JSON.stringify({ compute: own }));
    writeFileWithMode(join(home, 'team', 'default'), JSON.stringify({ compute: own }));
    expect(await run(['auth', '-q', '--profile-directory', '~/team'])).toMatchObject({ status: 0 });
    const env = { OPC_PROFILE_DIRECTORY: join(home, 'team'), OPC_PROFILE: 'prod' };
    expect(await run(['status'], env)).toMatchObject({ status: 0 });
    expect((await run(['status', '--profile-directory', join(home, 'none')], env)).status).toBe(4);
  });

  it('on the line overrides OPC_PROFILE_FILE, which overrides OPC_PROFILE', async () => {
    const { run, put, own, home } = await profileBench();
    put('prod', { ...own, user: '/Compute-acme/prod' });
    put('test', { ...own, user: '/Compute-acme/test' });
    const file = writeFileWithMode(join(home, 'file'), JSON.stringify({ compute: own }));
    const env = { OPC_PROFILE_FILE: file, OPC_PROFILE: 'test' };
    const shown = async (...flags: string[]) => userOf(await run(['config', 'show', '-fjson', ...flags], env));
    expect([await shown(), await shown('--profile', 'prod')]).toEqual([own.user, '/Compute-acme/prod']);
  });

  it('must exist, even if every value is given', async () => {
    const { run, folder } = await profileBench();
    const result = await run(['status', '--profile', 'prod', '-a', 'https://a.example', '-u', JACK]);
    expect(result).toMatchObject({ status: 4, stdout: '' });
    expect(result.stderr).toContain(`the profile file ${join(folder, 'prod')} does not exist\n`);
    expect(result.stderr).toContain('oracle-compute config list');
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc/passwd',
    '.hidden',
    '-x',
    'a b',
    'a\u001bb',
    'x'.repeat(81),
  ])('of the name %j is refused', async (name) => {
    const { run, home } = await profileBench();
    const before = filesBelow(home);
    for (const line of [['status'], ['config', 'show'], ['config', 'set', 'user', JACK]]) {
      const { status, stderr } = await run([...line, `--profile=${name}`]);
      expect(status).toBe(4);
      expect(stderr).not.toContain('\u001b');
    }
    expect(filesBelow(home)).toEqual(before);
  });

  it('is refused if others can change it, or if it is malformed', async () => {
    const { run, folder, put, own } = await profileBench();
    put('broken', [] as never);
    writeFileWithMode(join(folder, 'open'), JSON.stringify({ compute: own }), 0o662);
    expect((await run(['auth', '--profile', 'open'])).stderr).toContain('can be changed by others (mode 0662)');
    expect((await run(['auth', '--profile', 'broken'])).status).toBe(4);
    expect((await run(['config', 'set', 'user', JACK, '--profile', 'open'])).status).toBe(2);
    expect(modeOf(join(folder, 'open'))).toBe('662');
  });
});

describe('config', () => {
  it('makes a private profile, which auth uses', async () => {
    const { run, own, folder, home } = await profileBench();
    for (const [key, value] of Object.entries(own)) {
      expect(await run(['config', 'set', key, value, '--profile', 'prod'])).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
    }
    expect(JSON.parse(readFileSync(join(folder, 'prod'), 'utf8'))).toEqual({ compute: own });
    expect(filesBelow(join(home, '.opc')).filter((file) => !file.includes('lock'))).toEqual([
      'password 600',
      'profiles 700',
      'profiles/prod 600',
    ]);
    expect(await run(['auth', '-q', '--profile', 'prod'])).toMatchObject({ status: 0 });
  });

  it('keeps what it does not know, through a link and after a byte order mark', async () => {
    const { run, folder, home } = await profileBench();
    const real = join(home, 'real');
    const before = { global: { format: 'json', 'debug-requests': false }, compute: { user: JACK, zone: 'z1' }, x: [1] };
    writeFileSync(real, `\ufeff${JSON.stringify(before)}\r\n`, { mode: 0o644 });
    mkdirSync(folder, { recursive: true });
    symlinkSync(real, join(folder, 'default'));
    expect((await run(['config', 'set', 'endpoint', 'api.example.com'])).status).toBe(0);
    const after = { ...before, compute: { ...before.compute, endpoint: 'api.example.com' } };
    expect([JSON.parse(readFileSync(real, 'utf8')), modeOf(real)]).toEqual([after, '600']);
    expect((await run(['config', 'set', 'endpoint', ''])).status).toBe(0);
    expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual(before);
  });

  it.each([
    ['endpoint', 'ftp://a.example', 4],
    ['endpoint', 'https://u:canary@a.example', 4],
    ['user', 'canary', 4],
    ['password-file', 'canary', 2],
    ['password', 'canary', 2],
  ])('set %s %s is refused, and nothing is written', async (key, value, status) => {
    const { run, folder } = await profileBench();
    const result = await run(['config', 'set', key, value]);
    expect(result.status).toBe(status);
    expect(result.stderr).not.toContain('canary');
    expect(filesBelow(join(folder, '..'))).toEqual(['password 600']);
  });

  it('stores a path that means the same in every folder', async () => {
    const { run, home, folder } = await profileBench();
    const stored = () => JSON.parse(readFileSync(join(folder, 'default'), 'utf8')).compute['password-file'];
    await run(['config', 'set', 'password-file', './pw']);
    expect(stored()).toBe(join(home, 'pw'));
    await run(['config', 'set', 'password-file', '~/.opc/password']);
    expect(stored()).toBe('~/.opc/password');
  });

  it('leaves a malformed profile as it is', async () => {
    const { run, folder } = await profileBench();
    const path = writeFileWithMode(join(folder, 'default'), '{"compute":');
    expect((await run(['config', 'set', 'user', JACK])).status).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('{"compute":');
  });

  it('loses no change of many processes at the same time', async () => {
    const { run, folder, own } = await profileBench();
    await Promise.all(Object.entries(own).map(([key, value]) => run(['config', 'set', key, value])));
    expect(JSON.parse(readFileSync(join(folder, 'default'), 'utf8'))).toEqual({ compute: own });
  });

  it('lists the profiles, marks the one that counts, and shows one', async () => {
    const { run, put, folder } = await profileBench();
    put('default', { user: JACK, endpoint: 'a.example' });
    put('prod', { endpoint: 'b.example' });
    writeFileWithMode(join(folder, 'zero'), '{');
    writeFileWithMode(join(folder, '.prod.tmp'), '{');
    const list = await run(['config', 'list', '-fcsv']);
    expect(list).toEqual({
      status: 4,
      stderr: '',
      stdout: `profile,current,user,endpoint,passwordFile,state\ndefault,*,${JACK},a.example,,ok\nprod,,,b.example,,ok\nzero,,,,,PROFILE_FILE_MALFORMED\n`,
    });
    expect((await run(['config', 'list', '-HFprofile,current', '--profile', 'prod'])).stdout).toMatch(/^prod +\*$/m);
    expect((await run(['config', 'show', '--profile', 'prod'])).stdout).toBe(
      `profile   prod\nfile      ${join(folder, 'prod')}\nendpoint  b.example\n`,
    );
    expect((await run(['config', 'show', '--profile', 'prod', '-Fendpoint', '-H'])).stdout.trim()).toBe('b.example');
    expect((await run(['config', 'show', '--profile', 'none'])).status).toBe(4);
  });
});

describe('several sessions', () => {
  async function twoSessions(): Promise<ComputeBench & { jill: string }> {
    const jill = '/Compute-acme/jill';
    const bench = await computeBench({ users: { [JACK]: 'a', [jill]: 'b' } });
    const env = { OPC_API: bench.service.url, OPC_PASSWORD_FILE: '-' };
    await bench.run(['auth', '-q', JACK], { env, stdin: 'a\n' });
    await bench.run(['auth', '-q', jill], { env, stdin: 'b\n' });
    return { ...bench, jill };
  }

  it('are a choice at a terminal, for each command that needs one', async () => {
    const { run, jill, service, pass } = await twoSessions();
    const answers = ['3', 'x', '2'];
    const result = await run(['status', '-fjson'], { env: {}, answers });
    expect(userOf(result)).toBe(jill);
    expect(result.stderr).toBe(
      `2 sessions are stored:\n  1: ${JACK} at ${service.origin}\n  2: ${jill} at ${service.origin}\n` +
        'Session [1-2]: enter a number from 1 to 2\nSession [1-2]: enter a number from 1 to 2\nSession [1-2]: ',
    );
    const line = ['env', '--shell', 'dotenv'];
    expect((await run(line, { env: {}, answers: ['1'], stdoutIsTTY: false })).stdout).toContain(`OPC_USER=${JACK}`);
    pass(1000);
    expect((await run(['refresh_token', '-q'], { env: {}, answers: ['2'] })).status).toBe(0);
    expect((await run(['logout'], { env: {}, answers: ['2'] })).stderr).toContain(
      `${jill} at ${service.origin} is removed`,
    );
    expect(userOf(await run(['status', '-fjson'], { env: {} }))).toBe(JACK);
  });

  it('are an error that lists them elsewhere', async () => {
    const { run, jill, service } = await twoSessions();
    const both = `2 sessions are stored: ${JACK} at ${service.origin}, ${jill} at ${service.origin}\n`;
    for (const line of [['status'], ['refresh_token', '-q'], ['logout'], ['request', 'GET', '/instance/']]) {
      const { status, stderr } = await run(line, { env: {} });
      expect([status, stderr]).toEqual([
        2,
        `oracle-compute: ${both}choose one: -a ADDRESS and -u USER, or OPC_API and OPC_USER, or --profile NAME\n`,
      ]);
    }
  });
});
