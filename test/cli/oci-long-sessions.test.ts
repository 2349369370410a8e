import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { send } from '../fixtures/oci-client.js';
import { MINUTE } from '../support/compute.js';
import { HOUR, type OciBench, ociBench, visitor } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { steppedClock } from '../support/test-context.js';

const OCI = [process.execPath, OCI_PROGRAM];

const operations = ({ service }: OciBench) => service.requests.map(({ operation }) => operation);

describe('session authenticate --min-valid', () => {
  const line = ['session', 'authenticate', '--profile-name', 'T', '--callback-port', '0', '--timeout', '0.2'];

  it.each([
    ['2h', 0, 'nothing', 0, []],
    ['2h', 56 * MINUTE, 'a refresh', 0, ['refresh']],
    ['30m', 40 * MINUTE, 'a refresh', 0, ['refresh']],
    ['2h', HOUR, 'a login', 10, []],
    ['25h', 0, 'a login', 10, []],
    ['25h', 57 * MINUTE, 'a login and no refresh before it', 10, []],
  ])('%s of a session of %d ms ago takes %s', async (minValid, age, _what, status, asked) => {
    const bench = await ociBench();
    await bench.addSession('T');
    bench.pass(age);
    const result = await bench.run([...line, '--min-valid', minValid]);
    expect([result.status, operations(bench)]).toEqual([status, asked]);
    expect(result.stderr.includes('No login is needed')).toBe(status === 0);
  });
});

describe('session exec', () => {
  const exec = ['session', 'exec', '--profile', 'T'];

  /** A session that is kept while `job` runs in the place of a command, on a clock that the job moves. */
  async function keep(
    options: Parameters<typeof ociBench>[0],
    job: (at: { bench: OciBench; pass: (milliseconds: number) => Promise<void>; stderr: () => string }) => unknown,
  ) {
    const bench = await ociBench(options);
    await bench.addSession('T');
    const clock = steppedClock(bench.clock);
    let stderr = '';
    const pass = async (milliseconds: number) => {
      // What keeps the token, and what watches for the session's end.
      await vi.waitUntil(() => clock.sleepers === 2, { timeout: 60_000 });
      clock.pass(milliseconds);
      await vi.waitUntil(() => clock.sleepers === 2, { timeout: 60_000 });
    };
    const result = await bench.run([...exec, '-q', '--', 'job'], {
      clock,
      onStderr: (soFar) => {
        stderr = soFar;
      },
      runChild: async () => {
        await job({ bench, pass, stderr: () => stderr });
        return { status: 0 };
      },
    });
    return { bench, ...result };
  }

  it('keeps the token good for a job of more than three tokens', async () => {
    const tokens = new Set<string>();
    const { bench, status, stderr } = await keep({}, async ({ bench, pass }) => {
      for (let time = 0; time < 4 * HOUR; time += 25 * MINUTE) {
        await pass(25 * MINUTE);
        tokens.add(bench.storedToken('T'));
        expect(await bench.run(['session', 'validate', '--profile', 'T'])).toMatchObject({ status: 0 });
      }
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(tokens.size).toBeGreaterThan(3);
    expect(bench.service.counters).toMatchObject({ logins: 0, refused: 0 });
  });

  it('says once that the session ends soon and once that it has ended, and lets the command go on', async () => {
    const { status, stderr } = await keep({ sessionLifetime: (3 * HOUR) / 1000 }, async ({ pass, stderr }) => {
      for (let time = 0; time < 150 * MINUTE; time += 25 * MINUTE) await pass(25 * MINUTE);
      await expect.poll(stderr).toContain('ends at');
      await pass(20 * MINUTE);
      await pass(10 * MINUTE).catch(() => undefined);
      await expect.poll(stderr).toContain('ended at');
    });
    expect(status).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^oci: the session ends at .+; log in again before: oci session authenticate/),
      expect.stringMatching(/^oci: the session ended at .+; log in again: oci session authenticate/),
    ]);
  });

  it('says in one line that the profile has ended meanwhile', async () => {
    const { bench, status, stderr } = await keep({}, async ({ bench, pass, stderr }) => {
      await bench.run(['session', 'terminate', '--profile', 'T', '-q']);
      await pass(31 * MINUTE);
      await expect.poll(stderr).not.toBe('');
      for (let minutes = 0; minutes < 5; minutes += 1) await pass(MINUTE);
    });
    expect(status).toBe(0);
    expect(stderr.match(/the session was not renewed/g)).toHaveLength(1);
    expect(stderr).toContain(`no profile [T] in ${bench.configFile}`);
  });

  it('gives the command its variables and passes its status and words on, as the built program', async () => {
    const bench = await ociBench({ clock: Date.now }, Date.now());
    await bench.addSession('T');
    const env = cleanEnvironment(bench.home, bench.env);
    const script = 'echo "$OCI_CLI_PROFILE $OCI_CLI_AUTH $1"; exit 42';
    const words = ['--', 'sh', '-c', script, 'sh', '--flag'];
    expect(await runProgram([...exec, ...words], { env }, OCI)).toMatchObject({
      status: 42,
      stdout: 'T security_token --flag\n',
    });
    expect(await runProgram([...exec, '--', 'no-such-command'], { env }, OCI)).toMatchObject({ status: 127 });
  });

  it('needs a command, and begins nothing with a session that ends too soon', async () => {
    const bench = await ociBench({ sessionLifetime: 600 });
    await bench.addSession('T');
    expect(await bench.run(exec)).toMatchObject({ status: 2 });
    expect(await bench.run([...exec, '--min-valid', '20m', '--', 'true'])).toMatchObject({ status: 10 });
    expect(await bench.run([...exec, '--', 'true'])).toMatchObject({ status: 0 });
  });
});

describe('a line that is handed to the next oci', () => {
  async function withOther() {
    const bench = await ociBench();
    await bench.addSession('T');
    const other = join(bench.home, 'bin', 'oci');
    writeFileWithMode(other, '#!/bin/sh\n');
    chmodSync(other, 0o755);
    const handed: string[] = [];
    const run = (line: string[], env: Record<string, string> = {}) =>
      bench.run(line, {
        env: { ...bench.env, PATH: join(bench.home, 'bin'), ...env },
        runChild: async (command) => ({ status: handed.push(command) }),
      });
    const line = ['os', 'ns', 'get', '--profile', 'T', '--auth', 'security_token'];
    return { ...bench, bench, handed, run, line };
  }

  it('is preceded by a refresh where the token lives less than five minutes', async () => {
    const { bench, run, line, pass, handed, storedToken } = await withOther();
    expect((await run(line)).status).toBe(1);
    pass(56 * MINUTE);
    const before = storedToken('T');
    expect(await run(line)).toMatchObject({ status: 2, stderr: '' });
    expect([operations(bench), handed.length]).toEqual([['refresh'], 2]);
    expect(storedToken('T')).not.toBe(before);
  });

  it.each([
    ['another way to authenticate', ['os', 'ns', 'get', '--profile', 'T'], {}],
    [
      'OCI_SESSION_RENEW=off',
      ['os', 'ns', 'get', '--profile', 'T', '--auth', 'security_token'],
      { OCI_SESSION_RENEW: 'off' },
    ],
  ])('is not, with %s', async (_what, line, env) => {
    const { bench, run, pass, handed } = await withOther();
    pass(56 * MINUTE);
    await run(line, env);
    expect([operations(bench), handed.length]).toEqual([[], 1]);
  });

  it('is not handed on where the session is over: exit 10 and the login line', async () => {
    const { run, line, pass, handed } = await withOther();
    pass(HOUR);
    const { status, stderr } = await run(line);
    expect([status, handed]).toEqual([10, []]);
    expect(stderr).toContain('log in: oci session authenticate');
  });

  it.each([
    [['os', 'ns', 'get', '--help']],
    [['os', 'ns', 'get', '-?']],
    [['help', 'os']],
    [['setup', 'config']],
    [['os', 'ns', 'get', '--generate-full-command-json-input']],
    [['os', '--version']],
  ])('is handed on even if the session is over, because it needs none: %j', async (line) => {
    const { bench, run, pass, handed } = await withOther();
    pass(HOUR);
    const { stderr } = await run([...line, '--profile', 'T', '--auth', 'security_token']);
    expect([stderr, handed.length, operations(bench)]).toEqual(['', 1, []]);
  });

  it('is handed on where the service is in trouble and the token still good, with a line about it', async () => {
    const { run, line, pass, service, handed } = await withOther();
    pass(56 * MINUTE);
    service.faults.always('refresh', { kind: 'status', status: 500 });
    const { stderr } = await run(line);
    expect(handed).toHaveLength(1);
    expect(stderr).toContain('the session was not renewed');
  });

  it('goes on without a word where there is no such session', async () => {
    const { run, handed } = await withOther();
    const { stderr } = await run(['os', 'ns', 'get', '--profile', 'NONE', '--auth', 'security_token']);
    expect([stderr, handed.length]).toEqual(['', 1]);
  });
});

describe('ce cluster generate-token', () => {
  const CLUSTER = 'ocid1.cluster.oc1.iad.aaaaaaaaaf6f';
  const line = [
    'ce',
    'cluster',
    'generate-token',
    '--cluster-id',
    CLUSTER,
    '--auth',
    'security_token',
    '--profile',
    'T',
  ];

  /** What a cluster does with a token: presents the address that is in it to OCI. */
  async function present({ service }: OciBench, token: string) {
    expect(token).toMatch(/^[A-Za-z0-9_-]+=*$/);
    const url = Buffer.from(token, 'base64url').toString();
    expect(url).toMatch(/^https:\/\/containerengine\.emu-local-1\.localhost:\d+\/cluster_request\/ocid1\.cluster\./);
    return send(service, { url });
  }

  it('says nothing of files that others may read: kubectl would show it at every call', async () => {
    const bench = await ociBench();
    await bench.addSession('T');
    chmodSync(bench.configFile, 0o644);
    expect(await bench.run(line)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    'v1',
    'v1beta1',
    undefined,
  ])('answers kubectl in the version %s with a token that OCI takes', async (version) => {
    const bench = await ociBench();
    await bench.addSession('T');
    const asked = {
      kind: 'ExecCredential',
      apiVersion: `client.authentication.k8s.io/${version}`,
      spec: { interactive: false },
    };
    const env = { ...bench.env, ...(version && { KUBERNETES_EXEC_INFO: JSON.stringify(asked) }) };
    const { status, stdout, stderr } = await bench.run(line, { env });
    expect([status, stderr]).toEqual([0, '']);
    const credential = JSON.parse(stdout);
    expect(credential).toMatchObject({
      apiVersion: `client.authentication.k8s.io/${version ?? 'v1beta1'}`,
      kind: 'ExecCredential',
      status: { expirationTimestamp: '2026-03-01T12:04:00Z' },
    });
    const answer = await present(bench, credential.status.token);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { user: bench.service.users[0]?.id }]);
    bench.pass(6 * MINUTE);
    expect((await present(bench, credential.status.token)).status).toBe(401);
  });

  it('refreshes first, and never asks', async () => {
    const bench = await ociBench();
    await bench.addSession('T');
    bench.pass(57 * MINUTE);
    const { stdout } = await bench.run(line, { answers: [] });
    expect(operations(bench)).toEqual(['refresh']);
    expect((await present(bench, JSON.parse(stdout).status.token)).status).toBe(200);
    bench.pass(2 * HOUR);
    const over = await bench.run(line, { answers: [] });
    expect([over.status, over.stdout]).toEqual([10, '']);
    expect(over.stderr).toContain('log in: oci session authenticate');
  });

  it('asks for no passphrase either, at a terminal that is kubectl’s', async () => {
    const bench = await ociBench();
    const login = ['session', 'authenticate', '--callback-port', '0', '--use-passphrase', '--profile-name', 'T'];
    expect(
      (await bench.run(login, { answers: ['sesame', 'sesame', 'n'], onStderr: visitor(bench.service) })).status,
    ).toBe(0);
    for (const age of [0, 57 * MINUTE]) {
      bench.pass(age);
      const unasked = ['sesame', 'sesame'];
      const { status, stdout, stderr } = await bench.run(line, { answers: unasked });
      expect([status, stdout, unasked.length], stderr).toEqual([4, '', 2]);
      expect(stderr).toContain('passphrase');
    }
    const env = { ...bench.env, OCI_CLI_PASSPHRASE: 'sesame' };
    expect((await bench.run(line, { env, answers: [] })).status).toBe(0);
  });

  it.each([
    'ocid1.instance.oc1.iad.aaaa',
    '../../v1/authentication/refresh',
    'ocid1.cluster.oc1.iad.a?b=c',
  ])('refuses %j for the id of a cluster: exit 4', async (id) => {
    const bench = await ociBench();
    await bench.addSession('T');
    expect(await bench.run(line.with(4, id))).toMatchObject({ status: 4, stdout: '' });
  });

  it('serves a kubeconfig by kubectl’s own protocol', async () => {
    const bench = await ociBench({ clock: Date.now }, Date.now());
    await bench.addSession('T');
    const kubeconfig = join(bench.home, 'exec.json');
    writeFileSync(kubeconfig, JSON.stringify({ command: OCI[0], args: [OCI_PROGRAM, ...line] }));
    // As kubectl runs an exec plugin: no shell, its own terminal or none, and its request in a variable.
    const { command, args } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const spec = { interactive: false, cluster: { server: 'https://203.0.113.1:6443' } };
    const asked = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', spec };
    const env = cleanEnvironment(bench.home, { ...bench.env, KUBERNETES_EXEC_INFO: JSON.stringify(asked) });
    const { status, stdout, stderr } = await runProgram(args, { env }, [command]);
    expect([status, stderr]).toEqual([0, '']);
    const credential = JSON.parse(stdout);
    expect(credential.apiVersion).toBe(asked.apiVersion);
    expect((await present(bench, credential.status.token)).status).toBe(200);
  });
});
