import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { send } from '../fixtures/oci-client.js';
import { MINUTE } from '../support/compute.js';
import { HOUR, type OciBench, ociBench, visitor } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { writeFileWithMode } from '../support/temporary-home.js';

const OCI = [process.execPath, OCI_PROGRAM];
const LONG_JOB = 'build/test/fixtures/programs/oci-common-long-job.js';

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
  /** A home and an environment for real programs. */
  async function place(options: Parameters<typeof ociBench>[0] = {}) {
    const bench = await ociBench({ clock: Date.now, ...options }, Date.now());
    await bench.addSession('T');
    const env = cleanEnvironment(bench.home, { ...bench.env, NODE_EXTRA_CA_CERTS: bench.env.OCI_CLI_CERT_BUNDLE });
    return {
      bench,
      exec: (...words: string[]) => runProgram(['session', 'exec', '--profile', 'T', ...words], { env }, OCI),
    };
  }

  it('carries a job with Oracle’s SDK through more than three tokens', async () => {
    const { bench, exec } = await place({ tokenLifetime: 12 });
    const { status, stdout, stderr } = await exec('--', process.execPath, LONG_JOB, '4');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ statuses: [200] });
    expect(bench.service.counters).toMatchObject({ logins: 0, refused: 0 });
  });

  it('gives the command its variables and passes its status and words on', async () => {
    const { exec } = await place();
    const script = 'echo "$OCI_CLI_PROFILE $OCI_CLI_AUTH $1"; exit 42';
    expect(await exec('--', 'sh', '-c', script, 'sh', '--flag')).toMatchObject({
      status: 42,
      stdout: 'T security_token --flag\n',
    });
    expect(await exec('--', 'no-such-command')).toMatchObject({ status: 127 });
    expect(await exec()).toMatchObject({ status: 2 });
  });

  it('says once that the session ends soon and once that it has ended, and lets the command go on', async () => {
    const { exec } = await place({ sessionLifetime: 25 });
    const { status, stdout, stderr } = await exec('-q', '--', 'sh', '-c', 'sleep 28; echo done');
    expect([status, stdout]).toEqual([0, 'done\n']);
    const lines = stderr.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^oci: the session ends at .+; log in again before: oci session authenticate/),
      expect.stringMatching(/^oci: the session ended at .+; log in again: oci session authenticate/),
    ]);
  });

  it('says in one line that the profile has ended meanwhile', async () => {
    const { bench, exec } = await place({ tokenLifetime: 30 });
    const terminate = `${OCI.join(' ')} session terminate --profile T -q; sleep 28`;
    const { status, stderr } = await exec('-q', '--', 'sh', '-c', terminate);
    expect(status).toBe(0);
    expect(stderr.match(/the session was not renewed/g)).toHaveLength(1);
    expect(stderr).toContain(`there is no profile [T] in ${bench.configFile}`);
  });

  it('begins nothing with a session that ends too soon', async () => {
    const { exec } = await place({ sessionLifetime: 600 });
    expect(await exec('--min-valid', '20m', '--', 'true')).toMatchObject({ status: 10 });
    expect(await exec('--', 'true')).toMatchObject({ status: 0 });
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
    'x',
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
