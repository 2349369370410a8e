import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { cookiesFolder, listCookiesFiles } from '../../lib/compute/cookies/cookies-file-store.js';
import { type ComputeBench, computeBench, MINUTE } from '../support/compute.js';
import { fakeKeychain } from '../support/fake-keychain.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { filesBelow } from '../support/temporary-home.js';

const PATH = '/account/Compute-acme/default';
const REFRESH = ['refresh_token', '-q', '--min-valid', '10m', '--reauthenticate'];

/** All commands that begin a session anew by themselves. */
const LINES = [REFRESH, ['request', 'GET', PATH], ['exec', '--', 'true']];

const LENGTHS = [
  ['whose token has expired', 31 * MINUTE],
  ['that is over', 181 * MINUTE],
] as const;

/** A session that began `age` ago, by the real clock. */
async function oldSession(age: number): Promise<ComputeBench> {
  const bench = await computeBench({}, Date.now() - age);
  expect((await bench.run(['auth'])).status).toBe(0);
  bench.pass(age);
  return bench;
}

function logins({ service }: ComputeBench): (number | undefined)[] {
  return service.requests.filter(({ path }) => path === '/authenticate/').map(({ status }) => status);
}

describe('a session is begun anew once, for any number of processes', () => {
  // As one process after another takes the lock: what is decided under it is in process below.
  it('that is over, with the password file', async () => {
    const bench = await oldSession(181 * MINUTE);
    const env = cleanEnvironment(bench.home, bench.env);
    const results = await Promise.all(LINES.map((line) => runProgram(line, { env })));
    for (const { status, stderr } of results) {
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.stringMatching(/^(oracle-compute: waiting .*\n)?$/),
      });
    }
    expect(logins(bench)).toEqual([204, 204]);
    expect(bench.service.refreshes).toBe(0);
    expect(filesBelow(cookiesFolder(bench.home))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });

  it.each(LENGTHS)('%s, with the keychain', async (_, age) => {
    const bench = await oldSession(age);
    const keychain = fakeKeychain({ [`${bench.service.user} ${bench.service.origin}`]: bench.service.password });
    const env = { ...bench.env, OPC_PASSWORD_FILE: undefined };
    const lines = Array.from({ length: 5 }, () => LINES).flat();
    const results = await Promise.all(lines.map((line) => bench.run(line, { env, keychain })));
    for (const { status, stderr } of results) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(logins(bench)).toEqual([204, 204]);
  });

  it('that does not exist yet', async () => {
    const bench = await computeBench({}, Date.now());
    const results = await Promise.all(LINES.flatMap((line) => [line, line]).map((line) => bench.run(line)));
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 0));
    expect(logins(bench)).toEqual([204]);
  });

  it('also where the first of them is killed in the middle of its login', async () => {
    const bench = await oldSession(181 * MINUTE);
    const env = cleanEnvironment(bench.home, bench.env);
    bench.service.faults.once('/authenticate/', { delay: new Promise(() => undefined) });
    const killed = runProgram(REFRESH, {
      env,
      onStart: (child) => {
        expect
          .poll(() => logins(bench).length, { timeout: 60_000 })
          .toBe(2)
          .then(() => child.kill('SIGKILL'));
      },
    });
    expect(await killed).toMatchObject({ signal: 'SIGKILL' });
    const results = await Promise.all(LINES.map((line) => bench.run(line)));
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(logins(bench)).toEqual([204, undefined, 204]);
    expect(filesBelow(cookiesFolder(bench.home))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });
});

describe('a login that fails', () => {
  it.each(LINES)('leaves what is stored, and is not tried again: %s', async (...line) => {
    const bench = await oldSession(181 * MINUTE);
    const [path = ''] = await listCookiesFiles(bench.home);
    writeFileSync(join(bench.home, '.opc', 'password'), 'wrong\n');
    const before = filesBelow(bench.home);
    const { status, stdout, stderr } = await bench.run(line);
    expect(status).toBe(10);
    expect(stderr).toContain('refused the user name or the password');
    expect(stdout.replace('false\n', '')).toBe('');
    expect(logins(bench)).toEqual([204, 401]);
    expect(filesBelow(bench.home)).toEqual(before);
    expect(path).not.toBe('');
  });

  it.each(LINES)('for want of a password says why: %s', async (...line) => {
    const bench = await oldSession(181 * MINUTE);
    const env = { ...bench.env, OPC_PASSWORD_FILE: undefined };
    const silent = fakeKeychain({ [`${bench.service.user} ${bench.service.origin}`]: bench.service.password });
    silent.state = 'silent';
    const result = await bench.run(line, { env, keychain: silent });
    expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('the keychain did not answer in 3 s') });
    expect(logins(bench)).toEqual([204]);
  });
});

it('nothing is printed where all is well', async () => {
  const bench = await oldSession(181 * MINUTE);
  expect(await bench.run(REFRESH)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await bench.run(REFRESH)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await bench.run(['exec', '-q', '--', 'true'])).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(logins(bench)).toEqual([204, 204]);
});

it('processes that all want a new token share one that is on its way', async () => {
  const bench = await oldSession(20 * MINUTE);
  const arrived = vi.waitUntil(() => bench.service.refreshes === 1, { timeout: 60_000 });
  // Long enough for the others to have read the session, too: they are in this process, and wait for nothing.
  bench.service.faults.once('/refresh/', { delay: arrived.then(() => wait(3000)) });
  const results = await Promise.all([1, 2, 3, 4].map(() => bench.run(['refresh_token', '--shell', 'value'])));
  expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
  expect(bench.service.refreshes).toBe(1);
});
