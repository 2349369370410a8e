import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { type ComputeBench, computeBench, MINUTE, NOON, tokenIn } from '../support/compute.js';
import { filesBelow } from '../support/temporary-home.js';

const PATH = '/account/Compute-acme/default';
const cookiesFileIn = (home: string) => {
  const folder = join(home, '.opc', 'cookies');
  return join(folder, readdirSync(folder)[0] ?? '');
};

const STATUS = ['status', '-f', 'json'];

/** A shell that has logged in, and whose session cron has renewed since. */
async function renewedByCron(): Promise<ComputeBench & { first: string; shell: Record<string, string | undefined> }> {
  const bench = await computeBench();
  const first = tokenIn((await bench.run(['auth'])).stdout);
  bench.pass(20 * MINUTE);
  expect((await bench.run(['refresh_token', '-q'])).status).toBe(0);
  return { ...bench, first, shell: { ...bench.env, OPC_COOKIE: first } };
}

describe('a shell whose session cron renews', () => {
  it('goes on after the end of its own token, and refreshes the stored session', async () => {
    const { run, shell, first, pass, service, home } = await renewedByCron();
    pass(20 * MINUTE);
    expect(await run(['request', 'GET', PATH], { env: shell })).toMatchObject({ status: 0, stderr: '' });
    const sent = service.requests.at(-1)?.headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1];
    expect(sent).not.toContain(first);
    const status = JSON.parse((await run(STATUS, { env: shell })).stdout);
    expect(status).toMatchObject({ state: 'valid', source: cookiesFileIn(home), cookieFile: cookiesFileIn(home) });
    const next = tokenIn((await run(['refresh_token'], { env: shell })).stdout);
    expect(readFileSync(cookiesFileIn(home), 'utf8')).toContain(next);
  });

  it('is told so on a terminal, once it matters', async () => {
    const { run, shell, home } = await renewedByCron();
    const NOTE = 'oracle-compute: OPC_COOKIE has an earlier token of this session: the newer, stored one is used\n';
    expect(await run(['status', '-q'], { env: shell, answers: [] })).toMatchObject({ status: 0, stderr: '' });
    expect((await run(['status'], { env: shell, answers: [] })).stderr).toBe(NOTE);
    const now = JSON.parse(readFileSync(cookiesFileIn(home), 'utf8')).cookies[0].value;
    expect((await run(['status'], { env: { ...shell, OPC_COOKIE: now }, answers: [] })).stderr).toBe('');
  });

  it('finds it by fingerprints if its token says nothing, also after a new login', async () => {
    const { run, service, env, pass, home } = await computeBench();
    service.faults.always('/authenticate/', { cookie: 'opaque' });
    service.faults.always('/refresh/', { cookie: 'opaque' });
    const shell = { ...env, OPC_COOKIE: tokenIn((await run(['auth'])).stdout) };
    for (let minutes = 0; minutes < 200; minutes += 25) {
      expect((await run(['refresh_token', '-q', '--reauthenticate', '--min-valid', '5m'])).status).toBe(0);
      pass(25 * MINUTE);
    }
    expect(service.logins).toBe(2);
    expect((await run(['refresh_token', '-q'], { env: shell })).status).toBe(0);
    const file = readFileSync(cookiesFileIn(home), 'utf8');
    expect(file).not.toContain(shell.OPC_COOKIE);
    expect(JSON.parse(file).session.earlierTokens).toHaveLength(8);
    const [cookie] = await CookieJar.deserializeSync(file).getCookies(service.url, { expire: false });
    expect(file).toContain(cookie?.value);
  });

  it('also by its own words in a file of an earlier version', async () => {
    const { run, shell, home, pass } = await renewedByCron();
    const file = JSON.parse(readFileSync(cookiesFileIn(home), 'utf8'));
    expect(file.session.earlierTokens).toHaveLength(1);
    writeFileSync(
      cookiesFileIn(home),
      JSON.stringify({ ...file, session: { ...file.session, earlierTokens: undefined } }),
    );
    pass(20 * MINUTE);
    expect((await run(['status'], { env: shell })).status).toBe(0);
  });

  it('keeps a foreign token, also if that has expired', async () => {
    const { run, env, service, pass } = await renewedByCron();
    const foreign = service.issueToken({ user: '/Compute-acme/other' });
    const shell = { ...env, OPC_COOKIE: foreign };
    expect(JSON.parse((await run(STATUS, { env: shell })).stdout)).toMatchObject({ source: 'OPC_COOKIE' });
    pass(30 * MINUTE);
    const late = await run(['refresh_token'], { env: shell });
    expect(late).toMatchObject({ status: 10, stderr: expect.stringMatching(/unset OPC_COOKIE.*or log in/) });
  });

  it('can log in again, which a foreign token cannot', async () => {
    const { run, shell, pass, service } = await renewedByCron();
    pass(180 * MINUTE);
    expect((await run(['refresh_token'], { env: shell })).stderr).toContain('the 3-hour session ended');
    expect((await run(['refresh_token', '--reauthenticate', '-q'], { env: shell })).status).toBe(0);
    expect(service.logins).toBe(2);
  });
});

it('a token names the endpoint, if sessions at two endpoints are stored', async () => {
  const one = await computeBench();
  const two = await computeBench();
  const first = tokenIn((await one.run(['auth'])).stdout);
  await one.run(['auth'], { env: { ...one.env, OPC_API: two.service.url, OPC_PASSWORD_FILE: two.passwordFile } });
  one.pass(MINUTE);
  await one.run(['refresh_token', '-q']);
  expect((await one.run(['status'], { env: {} })).status).toBe(2);
  const shell = { OPC_COOKIE: first };
  expect(JSON.parse((await one.run(STATUS, { env: shell })).stdout).endpoint).toBe(one.service.origin);
  expect((await one.run(['request', 'GET', PATH], { env: shell })).status).toBe(0);
  expect((await one.run(['logout'], { env: shell })).status).toBe(0);
  expect(JSON.parse((await one.run(STATUS, { env: {} })).stdout).endpoint).toBe(two.service.origin);
});

describe('exec', () => {
  it('names the cookies file of the line for commands inside', async () => {
    const bench = await computeBench();
    let inside: Record<string, string | undefined> = {};
    const file = `${bench.home}/named.json`;
    const result = await bench.run(['exec', '--cookie-file', file, '--', 'true'], {
      runChild: async (_command, _words, { env }) => {
        inside = env;
        return { status: 0 };
      },
    });
    expect([result.status, inside.OPC_COOKIE_FILE]).toEqual([0, file]);
    bench.pass(MINUTE);
    await bench.run(['refresh_token', '-q', '--cookie-file', file]);
    const status = JSON.parse((await bench.run(STATUS, { env: inside })).stdout);
    expect(status).toMatchObject({ source: file, tokenSecondsLeft: 1800 });
  });
});

describe('--min-valid', () => {
  it.each([
    [['refresh_token', '--min-valid', '1h']],
    [['refresh_token', '--min-valid', '30m']],
    [['env', '--min-valid', '1h']],
    [['exec', '--min-valid', '1h', '--', 'true']],
  ])('%j is more than a token can live, and the most is named', async (line) => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.pass(MINUTE);
    const { status, stderr } = await bench.run([...line]);
    expect([status, stderr]).toEqual([
      10,
      'oracle-compute: the token ends at 2026-03-01 12:31:00 UTC, sooner than requested\n' +
        'a token lives 30 minutes at most; ask for less: --min-valid 29m\n',
    ]);
    expect((await bench.run(['refresh_token', '-q', '--min-valid', '29m'])).status).toBe(0);
  });

  it('does not make the last half hour of a session a failure', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    while (bench.clock.time < NOON + 160 * MINUTE) {
      bench.pass(20 * MINUTE);
      expect((await bench.run(['refresh_token', '-q', '--min-valid', '29m'])).status).toBe(0);
    }
    expect(
      (await bench.run(['env', '--min-valid', '21m'], { env: { ...bench.env, OPC_PASSWORD_FILE: undefined } })).stderr,
    ).toContain('log in: oracle-compute auth; or ask for');
  });
});

describe('logout', () => {
  it('says that the shell still has a token, also without a terminal', async () => {
    const { run, shell, home } = await renewedByCron();
    const result = await run(['logout'], { env: shell });
    expect(result).toMatchObject({
      status: 0,
      stderr: 'oracle-compute: OPC_COOKIE is still set in this shell: unset OPC_COOKIE\n',
    });
    expect(filesBelow(home).filter((file) => file.includes('.json'))).toEqual([]);
  });
});

describe('logout --shell', () => {
  it.each([
    ['sh', 'unset OPC_COOKIE\n'],
    ['zsh', 'unset OPC_COOKIE\n'],
    ['fish', 'set -e OPC_COOKIE\n'],
    ['tcsh', 'unsetenv OPC_COOKIE\n'],
  ])('prints for %s what ends the session in the shell', async (name, statement) => {
    const { run, shell } = await renewedByCron();
    const line = ['logout', '--shell', name];
    expect(await run(line, { env: shell })).toEqual({ status: 0, stdout: statement, stderr: '' });
    // Nothing is stored any more: what is left is the variable.
    expect(await run(line, { env: shell })).toEqual({ status: 0, stdout: statement, stderr: '' });
    expect(await run(line)).toMatchObject({ status: 10, stdout: 'false\n' });
  });

  it('leaves the shell its token if another session was removed', async () => {
    const one = await computeBench();
    const two = await computeBench();
    const token = tokenIn((await one.run(['auth'])).stdout);
    await one.run(['auth'], { env: { ...one.env, OPC_API: two.service.url, OPC_PASSWORD_FILE: two.passwordFile } });
    const line = ['logout', '--shell', 'sh', '-a', two.service.url];
    const result = await one.run(line, { env: { ...one.env, OPC_COOKIE: token } });
    expect(result).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('is still set') });
  });
});

it.each([
  'bash',
  'zsh',
  'fish',
])('shell-init %s shows what is stored, and survives what cannot be read', async (name) => {
  const { run, home, env } = await computeBench();
  await run(['auth', '-q']);
  const at = async (others = {}) => (await run(['shell-init', name], { env: { ...env, ...others } })).stdout;
  expect(await at()).toMatch(/_oracle_compute_keep \S*jack\S+ 1800 10800\n/);
  expect(await at({ OPC_PROFILE: '../x' })).toMatch(/_oracle_compute_keep \S*'' 0 0\n/);
  writeFileSync(cookiesFileIn(home), '{');
  expect(await at()).toMatch(/_oracle_compute_keep \S*'' 0 0\n/);
  expect(await run(['shell-init', 'powershell'])).toMatchObject({ status: 2, stdout: '' });
});
