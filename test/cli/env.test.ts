import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNetscapeJar } from '../../lib/compute/cookies/netscape-jar.js';
import { computeBench, MINUTE, NOON } from '../support/compute.js';
import { ociBench } from '../support/oci.js';
import { filesBelow, modeOf, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

describe('env', () => {
  it('prints what a program needs', async () => {
    const bench = await computeBench();
    const { status, stdout, stderr } = await bench.run(['env']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `export OPC_API='${bench.service.origin}';`,
      `export OPC_USER='${bench.service.user}';`,
      expect.stringMatching(/^export OPC_COOKIE='eyJ[\w=+/]+';$/),
      '',
    ]);
    const json = JSON.parse((await bench.run(['env', '-fjson'])).stdout);
    expect(Object.keys(json)).toEqual(['OPC_API', 'OPC_USER', 'OPC_COOKIE']);
    expect(bench.service.logins).toBe(1);
  });

  it('renews a token that would end too soon', async () => {
    const bench = await computeBench();
    const first = await bench.run(['env', '--shell', 'value']);
    bench.pass(15 * MINUTE);
    expect((await bench.run(['env', '--shell', 'value'])).stdout).toBe(first.stdout);
    bench.pass(10 * MINUTE);
    expect((await bench.run(['env', '--shell', 'value'])).stdout).not.toBe(first.stdout);
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 1 });
    bench.pass(MINUTE);
    const tooMuch = await bench.run(['env', '--min-valid', '2h']);
    expect(tooMuch).toMatchObject({ status: 10, stdout: 'false\n' });
  });

  it('uses a token in the variable', async () => {
    const bench = await computeBench();
    const token = bench.service.issueToken();
    const env = { OPC_API: bench.service.url, OPC_COOKIE: token };
    const { stdout } = await bench.run(['env', '--shell', 'docker'], { env });
    expect(stdout).toBe(`OPC_API=${bench.service.origin}\nOPC_USER=${bench.service.user}\nOPC_COOKIE=${token}\n`);
    expect(bench.service.requests).toEqual([]);
  });

  it('prints false where an eval would go on, and nothing where a file is written', async () => {
    const bench = await computeBench();
    const env = { OPC_API: bench.service.url, OPC_USER: bench.service.user };
    expect(await bench.run(['env'], { env })).toMatchObject({ status: 10, stdout: 'false\n' });
    for (const shell of ['dotenv', 'github', 'systemd', 'docker', 'curl']) {
      expect(await bench.run(['env', '--shell', shell], { env })).toMatchObject({ status: 10, stdout: '' });
    }
  });
});

describe('in GitHub Actions', () => {
  const RUNNER = { GITHUB_ACTIONS: 'true' };

  it.each([
    ['env'],
    ['auth'],
    ['refresh_token'],
  ])('%s --shell github masks the token, and not in the file', async (command) => {
    const bench = await computeBench();
    await bench.run(['auth', '-q']);
    bench.pass(5 * MINUTE);
    const { stdout, stderr } = await bench.run([command, '--shell', 'github'], { env: { ...bench.env, ...RUNNER } });
    const [, token] = /^OPC_COOKIE=(.+)$/m.exec(stdout) ?? [];
    expect(stderr).toBe(`::add-mask::${token}\n`);
    expect(stdout).not.toContain('::');
  });

  it('in the encoding of workflow commands', async () => {
    const bench = await computeBench();
    bench.service.faults.nextCookieValue('a%0Ab%25c');
    const { stderr } = await bench.run(['auth', '--shell', 'github'], { env: { ...bench.env, ...RUNNER } });
    expect(stderr).toBe('::add-mask::a%250Ab%2525c\n');
  });

  it('masks nothing that is no secret, and shows no token elsewhere', async () => {
    const bench = await computeBench();
    for (const [shell, env] of [
      ['github', bench.env],
      ['dotenv', { ...bench.env, ...RUNNER }],
    ] as const) {
      expect((await bench.run(['env', '--shell', shell], { env })).stderr).toBe('');
    }
    const oci = await ociBench();
    await oci.addSession('T');
    const line = ['session', 'env', '--profile', 'T', '--shell', 'github'];
    expect((await oci.run(line, { env: { ...oci.env, ...RUNNER } })).stderr).toBe('');
  });
});

describe('a jar that curl keeps', () => {
  const jarOf = (host: string, token: string) =>
    `# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n${host}\tFALSE\t/\tFALSE\t0\tnimbula\t${token}\n`;

  it('is read like a token in the variable, and never written', async () => {
    const bench = await computeBench();
    const text = jarOf('127.0.0.1', bench.service.issueToken());
    const jar = writeFileWithMode(join(bench.home, 'jar'), text);
    const env = { OPC_API: bench.service.url, OPC_COOKIE_FILE: jar };
    expect((await bench.run(['list', 'instance', '-HFlabel'], { env })).stdout).toBe('web-1\nweb-2\n');
    const status = JSON.parse((await bench.run(['status', '-fjson'], { env })).stdout);
    expect(status).toMatchObject({ state: 'valid', source: jar, user: bench.service.user });
    bench.pass(25 * MINUTE);
    expect((await bench.run(['refresh_token'], { env })).stdout).toMatch(/^export OPC_COOKIE='/);
    for (const line of [['auth'], ['logout']]) {
      const result = await bench.run(line, { env: { ...bench.env, OPC_COOKIE_FILE: jar } });
      expect(result).toMatchObject({ status: 4 });
      expect(result.stderr).toContain('is a jar of curl, which is only read');
    }
    expect(readFileSync(jar, 'utf8')).toBe(text);
    expect(modeOf(jar)).toBe('600');
  });

  describe('counts for an address as curl has it', () => {
    const HOST = 'https://api.example.com';
    const LATER = String(NOON / 1000 + 60);

    it.each([
      ['api.example.com\tFALSE\t/\tFALSE\t0', HOST, true],
      ['API.Example.com\tFALSE\t/\tFALSE\t0', HOST, true],
      ['#HttpOnly_api.example.com\tFALSE\t/\tTRUE\t0', HOST, true],
      ['.example.com\tTRUE\t/\tFALSE\t0', HOST, true],
      ['#HttpOnly_.example.com\tTRUE\t/\tTRUE\t0', HOST, true],
      ['example.com\tTRUE\t/\tFALSE\t0', HOST, true],
      ['.api.example.com\tTRUE\t/\tFALSE\t0', HOST, true],
      ['.api.example.com\tFALSE\t/\tFALSE\t0', HOST, true],
      ['.example.com\tFALSE\t/\tFALSE\t0', HOST, false],
      ['ample.com\tTRUE\t/\tFALSE\t0', HOST, false],
      ['.www.api.example.com\tTRUE\t/\tFALSE\t0', HOST, false],
      ['.0.0.1\tTRUE\t/\tFALSE\t0', 'http://127.0.0.1', false],
      ['::1\tFALSE\t/\tFALSE\t0', 'http://[::1]', true],
      ['#api.example.com\tFALSE\t/\tFALSE\t0', HOST, false],
      ['api.example.com\tFALSE\t/console\tFALSE\t0', HOST, false],
      ['api.example.com\tFALSE\t/\tTRUE\t0', 'http://api.example.com', false],
      ['127.0.0.1\tFALSE\t/\tTRUE\t0', 'http://127.0.0.1', true],
      [`api.example.com\tFALSE\t/\tFALSE\t${LATER}`, HOST, true],
      ['api.example.com\tFALSE\t/\tFALSE\t1000', HOST, false],
      ['api.example.com\tFALSE\t/\tFALSE\t1000', undefined, false],
    ])('%j for %s: %s', async (fields, origin, counts) => {
      const text = `# Netscape HTTP Cookie File\n${fields}\tnimbula\ttoken\n`;
      const jar = writeFileWithMode(join(temporaryHome(), 'jar'), text);
      const reading = readNetscapeJar(jar, origin, NOON);
      await (counts
        ? expect(reading).resolves.toBe('token')
        : expect(reading).rejects.toMatchObject({ code: 'NO_SESSION' }));
    });

    it('and the nearest of several is taken, a later one of the same domain before an earlier one', async () => {
      const lines = ['api.example.com\tFALSE', 'api.example.com\tFALSE', '.example.com\tTRUE'];
      const text = lines.map((line, index) => `${line}\t/\tFALSE\t0\tnimbula\ttoken-${index}\n`).join('');
      const jar = writeFileWithMode(join(temporaryHome(), 'jar'), `# Netscape HTTP Cookie File\n${text}`);
      expect(await readNetscapeJar(jar, HOST, NOON)).toBe('token-1');
    });
  });

  it('gives no other host its token', async () => {
    const bench = await computeBench();
    const jar = writeFileWithMode(join(bench.home, 'jar'), jarOf('api.example.com', bench.service.issueToken()));
    const result = await bench.run(['list', 'instance', '--cookie-file', jar]);
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(result.stderr).toContain('has no token for 127.0.0.1');
    expect(bench.service.requests).toEqual([]);
  });
});

describe('variables of other names', () => {
  const MINE = { OPC_API: 'http://127.0.0.1:9', OPC_USER: '/Compute-acme/jack' };

  it.each([
    [{ ...MINE, COMPUTE_COOKIE: 'nimbula=x; Path=/' }, ['request', 'GET', '/shape/'], 'OPC_COOKIE="$COMPUTE_COOKIE"'],
    [{ OPC_ENDPOINT: 'https://api.example.com' }, ['auth'], 'OPC_API="$OPC_ENDPOINT"'],
    [{ OPC_API: 'https://api.example.com', OPC_USERNAME: 'jack' }, ['auth'], 'OPC_USER="$OPC_USERNAME"'],
  ])('%j are named where ours is missing', async (env, line, hint) => {
    const bench = await computeBench({}, NOON);
    const result = await bench.run(line, { env });
    expect(result.status).not.toBe(0);
    expect(result.stderr.trimEnd().split('\n').at(-1)).toContain(hint);
  });
});

it('a line end behind a variable is none of its value', async () => {
  const bench = await computeBench();
  const env = Object.fromEntries(Object.entries(bench.env).map(([name, value]) => [name, `${value}\r\n`]));
  const OPC_COOKIE_FILE = join(bench.home, 'jar.json');
  expect(await bench.run(['auth', '-q'], { env: { ...env, OPC_COOKIE_FILE: `${OPC_COOKIE_FILE}\n` } })).toMatchObject({
    status: 0,
  });
  expect(filesBelow(bench.home).filter((file) => file.includes('jar.json'))).toHaveLength(1);
  expect(modeOf(OPC_COOKIE_FILE)).toBe('600');
});
