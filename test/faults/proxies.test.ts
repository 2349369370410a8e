import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { encodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { sessionFromLogin } from '../../lib/compute/stored-session.js';
import { MINUTE } from '../support/compute.js';
import { cleanEnvironment, type ProgramOptions, runProgram } from '../support/program.js';
import { startProxy } from '../support/proxy.js';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const ADDRESS = 'https://compute.example';
const USER = '/Compute-acme/jack.jones@example.com';
const PASSWORD = 'correct horse battery staple';

/** A home of the real program whose way to its service leads through a proxy. */
function proxiedHome(proxy: string, more: Record<string, string> = {}) {
  const home = temporaryHome();
  const env = cleanEnvironment(home, {
    OPC_API: ADDRESS,
    OPC_USER: USER,
    OPC_PASSWORD_FILE: writeFileWithMode(join(home, 'password'), PASSWORD),
    https_proxy: proxy,
    ...more,
  });
  return {
    home,
    run: (args: readonly string[], options: Partial<ProgramOptions> = {}) => runProgram(args, { env, ...options }),
    /** A session that began so long ago; its token lives for half an hour. */
    storeSession: async (age: number) => {
      const answer = { value: 'the-token', maxAge: undefined, receivedAt: Date.now() - age, clockOffset: 0 };
      const session = sessionFromLogin(ADDRESS, USER, answer);
      writeFileWithMode(defaultCookiesFile(home, ADDRESS, USER), await encodeCookiesFile(session));
    },
  };
}

describe('a proxy that never answers', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is left at the first %s', async (signal, status) => {
    const { port, asked } = await startProxy({ answer: 'nothing' });
    const { run } = proxiedHome(`http://127.0.0.1:${port}`);
    const result = await run(['auth', '--timeout', '3000000'], {
      onStart: (child) => void asked.then(() => child.kill(signal)),
    });
    expect(result).toMatchObject({ status, signal: null, stdout: 'false\n' });
    expect(result.stderr).toMatch(new RegExp(`^oracle-compute: interrupted by ${signal}\n`));
  });

  it('is left at the time limit', async () => {
    const { port, targets } = await startProxy({ answer: 'nothing' });
    const { run } = proxiedHome(`http://127.0.0.1:${port}`);
    const result = await run(['auth', '--timeout', '0.5']);
    expect(result).toMatchObject({ status: 3, signal: null, stdout: 'false\n' });
    expect(result.stderr).toContain(`through the proxy http://127.0.0.1:${port} within 0.5 s`);
    expect(targets).toEqual(['compute.example:443']);
  });

  it('does not hold exec, which ends with its command', async () => {
    const { port, asked } = await startProxy({ answer: 'nothing' });
    const { home, run, storeSession } = proxiedHome(`http://127.0.0.1:${port}`);
    // Five seconds before half of its life, when it is renewed beside the command.
    await storeSession(15 * MINUTE - 5000);
    const script = `echo started; until test -e ${home}/end; do sleep 0.05; done; exit 7`;
    const result = await run(['exec', '--min-valid', '1m', '--timeout', '3000000', '--', 'sh', '-c', script], {
      onStart: () => void asked.then(() => writeFileWithMode(join(home, 'end'), '')),
    });
    expect(result).toEqual({ status: 7, signal: null, stdout: 'started\n', stderr: '' });
  });
});

it('a dead proxy is named, with commands that work', async () => {
  const { run } = proxiedHome('http://user:canary@127.0.0.1:1');
  const { status, stderr } = await run(['auth']);
  expect([status, stderr.split('\n')]).toEqual([
    3,
    [
      'oracle-compute: the proxy http://127.0.0.1:1 cannot be reached: the connection was refused',
      "check the proxy: curl -sv http://127.0.0.1:1; or go without it: export NO_PROXY='*'",
      '',
    ],
  ]);
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0 switches nothing off', () => {
  const UNCHECKED = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };

  async function bench() {
    const [own, other] = [await createLocalAuthority(), await createLocalAuthority()];
    const service = await startComputeService({ certificate: await own.issue(['compute.example']) });
    onTestFinished(() => service.close());
    const home = temporaryHome();
    const bundle = writeFileWithMode(join(home, 'ca.pem'), own.certificatePem);
    return { own, other, service, bundle };
  }

  it('towards a proxy', async () => {
    const { other, service, bundle } = await bench();
    const certificate = await other.issue(['127.0.0.1']);
    const { port, targets } = await startProxy({ target: service.port, certificate });
    const { run } = proxiedHome(`https://u:hunter2@127.0.0.1:${port}`, { ...UNCHECKED, OPC_CA_BUNDLE: bundle });
    const result = await run(['auth', '-f', 'json']);
    expect(result).toMatchObject({ status: 3, stdout: '' });
    expect(result.stderr).toContain('"TLS_FAILED"');
    expect(result.stderr).toContain(`the proxy https://127.0.0.1:${port}`);
    expect(targets).toEqual([]);
  });

  it('towards a service behind a proxy', async () => {
    const { own, other, bundle } = await bench();
    const impostor = await startComputeService({ certificate: await other.issue(['compute.example']) });
    onTestFinished(() => impostor.close());
    const certificate = await own.issue(['127.0.0.1']);
    const { port, targets } = await startProxy({ target: impostor.port, certificate });
    const { run } = proxiedHome(`https://127.0.0.1:${port}`, { ...UNCHECKED, OPC_CA_BUNDLE: bundle });
    const result = await run(['auth', '-f', 'json']);
    expect(result).toMatchObject({ status: 3, stdout: '' });
    expect(result.stderr).toContain('"TLS_FAILED"');
    expect(targets).toEqual(['compute.example:443']);
    expect(impostor.requests).toEqual([]);
  });
});

describe('an https:// proxy that is an address', () => {
  it('is used without a word of Node’s on stderr', async () => {
    const authority = await createLocalAuthority();
    const service = await startComputeService({
      certificate: await authority.issue(['compute.example']),
      users: { [USER]: PASSWORD },
    });
    onTestFinished(() => service.close());
    const certificate = await authority.issue(['127.0.0.1']);
    const { port, targets } = await startProxy({ target: service.port, certificate });
    const { home, run } = proxiedHome(`https://127.0.0.1:${port}`);
    const bundle = writeFileWithMode(join(home, 'ca.pem'), authority.certificatePem);
    const result = await run(['auth', '-q', '--ca-bundle', bundle]);
    expect(result).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^export OPC_COOKIE=/) });
    expect(targets).toEqual(['compute.example:443']);
  });
});
