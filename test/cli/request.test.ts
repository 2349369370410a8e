import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { redirectTo, refusal, trouble } from '../../fixtures/compute-service/faults.js';
import { cookiesFolder, listCookiesFiles } from '../../lib/compute/cookies/cookies-file-store.js';
import { type ComputeBench, computeBench, MINUTE, tokenIn } from '../support/compute.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

const PATH = '/account/Compute-acme/default';
const KEYS = '/sshkey/';
const KEY = { name: '/Compute-acme/jack.jones@example.com/k', key: 'ssh-rsa AAAA' };

async function storedToken({ home }: ComputeBench): Promise<string> {
  const [path = ''] = await listCookiesFiles(home);
  return JSON.parse(readFileSync(path, 'utf8')).cookies[0].value;
}

function headerOf(bench: ComputeBench, name: string, at = -1): string | undefined {
  return bench.service.requests.at(at)?.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

const withoutPassword = (bench: ComputeBench) => ({ env: { ...bench.env, OPC_PASSWORD_FILE: undefined } });

describe('the answer', () => {
  it('goes into a pipe byte for byte', async () => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'GET', PATH]);
    const answer = await fetch(`${bench.service.origin}${PATH}`, {
      headers: { cookie: `nimbula=${await storedToken(bench)}` },
    });
    expect(result).toEqual({ status: 0, stdout: await answer.text(), stderr: '' });
  });

  it('is laid out on a terminal', async () => {
    const bench = await computeBench();
    const { stdout } = await bench.run(['request', 'GET', PATH], { stdoutIsTTY: true });
    const plain = await bench.run(['request', 'GET', PATH]);
    expect(stdout).toBe(`${JSON.stringify(JSON.parse(plain.stdout), null, 2)}\n`);
  });

  it('of a refusal or a redirect is said without the token that it repeats', async () => {
    const bench = await computeBench();
    const token = 'opaque0123456789abcdef';
    const env = { OPC_API: bench.service.url, OPC_COOKIE: token };
    const headers = { 'Content-Type': 'application/json', Location: `/is/${token}/here` };
    for (const status of [403, 302]) {
      bench.service.faults.once(PATH, { instead: { status, headers, body: `{"message": "no ${token} here"}` } });
      const { stderr } = await bench.run(['request', 'GET', PATH, '--debug'], { env });
      expect(stderr).toContain(status === 403 ? 'no … here' : 'redirects to /is/');
      expect(stderr).not.toContain(token);
    }
  });

  it('is no wider for being nested a hundred thousand deep', async () => {
    const bench = await computeBench();
    const headers = { 'Content-Type': 'application/json' };
    const body = '['.repeat(100_000) + ']'.repeat(100_000);
    bench.service.faults.once(PATH, { instead: { status: 200, headers, body } });
    const { stdout } = await bench.run(['request', 'GET', PATH], { stdoutIsTTY: true });
    expect(stdout.replace(/\s/g, '')).toBe(body);
    expect(stdout.length).toBeLessThan(body.length * 110);
  });

  it('has nothing in it that a terminal obeys', async () => {
    const bench = await computeBench();
    const headers = { 'Content-Type': 'text/plain' };
    bench.service.faults.once(PATH, {
      instead: { status: 200, headers, body: 'a\u001b]0;x\u0007b\u009bc\td\u202ee\n' },
    });
    const { stdout } = await bench.run(['request', 'GET', PATH], { stdoutIsTTY: true });
    expect(stdout).toBe('a\ufffd]0;x\ufffdb\ufffdc\td\ufffde\n');
  });

  it.each([
    [400, 9],
    [403, 11],
    [404, 12],
    [405, 13],
    [406, 14],
    [409, 15],
    [410, 9],
    [412, 9],
    [429, 3],
    [500, 3],
    [503, 3],
  ])(
    'of status %i is exit status %i, said on stderr',
    async (http, status) => {
      const bench = await computeBench();
      bench.service.faults.always(PATH, http === 503 || http === 429 ? trouble(http) : { status: http });
      const result = await bench.run(['request', 'GET', PATH]);
      expect(result).toMatchObject({ status, stdout: '' });
      expect(result.stderr).toContain(`HTTP ${http}`);
    },
    30_000,
  );

  it('of a refusal says the message and the id of the call; its body only where it is asked for', async () => {
    const bench = await computeBench();
    const missing = '/account/Compute-acme/nobody';
    const { status, stdout, stderr } = await bench.run(['request', 'GET', missing]);
    expect({ status, stdout }).toEqual({ status: 12, stdout: '' });
    expect(stderr).toMatch(/\(HTTP 404\): No such object\n.* id \d{6}[0-9a-f]{32}\n$/);
    const asked = await bench.run(['request', 'GET', missing, '--fail-with-body']);
    expect(asked).toMatchObject({ status: 12, stdout: '{"message": "No such object"}' });
    const json = await bench.run(['request', 'GET', missing, '-f', 'json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'REQUEST_REFUSED' } });
  });

  it('that redirects is not followed', async () => {
    const bench = await computeBench();
    bench.service.faults.once(PATH, redirectTo('https://evil.example/'));
    const result = await bench.run(['request', 'GET', PATH]);
    expect(result).toMatchObject({ status: 5, stdout: '' });
    expect(result.stderr).toContain('https://evil.example');
  });
});

describe('the token', () => {
  it('comes from a login where there is no session, and from the stored session then', async () => {
    const bench = await computeBench();
    await bench.run(['request', 'GET', PATH]);
    await bench.run(['request', 'GET', PATH]);
    expect(bench.service.requests.map(({ path, status }) => `${status} ${path}`)).toEqual([
      '204 /authenticate/',
      `200 ${PATH}`,
      `200 ${PATH}`,
    ]);
    expect(filesBelow(cookiesFolder(bench.home))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });

  it('is extended in its last two minutes, not before', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.pass(27.5 * MINUTE);
    await bench.run(['request', 'GET', PATH]);
    expect(bench.service.refreshes).toBe(0);
    bench.pass(1 * MINUTE);
    await bench.run(['request', 'GET', PATH]);
    expect(bench.service.refreshes).toBe(1);
    bench.pass(29.9 * MINUTE);
    expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0, stderr: '' });
  });

  it('that lives for seconds is extended at half of its life', async () => {
    const bench = await computeBench({ tokenLifetime: 20, sessionLifetime: 60 });
    await bench.run(['auth']);
    for (const [seconds, refreshes] of [
      [9, 0],
      [2, 1],
      [9, 1],
      [2, 2],
    ] as const) {
      bench.pass(seconds * 1000);
      await bench.run(['request', 'GET', PATH]);
      expect(bench.service.refreshes).toBe(refreshes);
    }
  });

  it('of a session that is about to end is used, without a login before it has to be', async () => {
    const bench = await computeBench({ tokenLifetime: 20, sessionLifetime: 60 });
    await bench.run(['auth']);
    for (let time = 0; time < 57; time += 9.5) {
      expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0, stderr: '' });
      bench.pass(9500);
    }
    // 57 of 60 seconds have passed.
    expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.logins).toBe(1);
    bench.pass(1500);
    expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.logins).toBe(2);
    expect(bench.service.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it.each([
    ['expired', 31 * MINUTE, /the token expired at/],
    ['its session over', 181 * MINUTE, /the 3-hour session ended at/],
  ])('%s is replaced with the password, and without one is exit 10', async (_, time, message) => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.pass(time);
    const refused = await bench.run(['request', 'GET', PATH], withoutPassword(bench));
    expect(refused).toMatchObject({ status: 10, stdout: '', stderr: expect.stringMatching(message) });
    expect(bench.service.requests).toHaveLength(1);
    expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0 });
    expect(bench.service.logins).toBe(2);
  });

  it('is missing without a session and without a password: exit 10', async () => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'GET', PATH], withoutPassword(bench));
    expect(result).toMatchObject({ status: 10, stderr: expect.stringContaining('no stored session') });
  });

  it('is asked for on a terminal where it cannot be had otherwise', async () => {
    const bench = await computeBench();
    const context = { ...withoutPassword(bench), answers: [bench.service.password] };
    expect(await bench.run(['request', 'GET', PATH], context)).toMatchObject({ status: 0 });
  });

  it('that an answer renews is kept', async () => {
    const bench = await computeBench();
    const before = tokenIn((await bench.run(['auth'])).stdout);
    bench.service.rules.sliding = true;
    bench.pass(5 * MINUTE);
    await bench.run(['request', 'GET', PATH]);
    const renewed = await storedToken(bench);
    expect(renewed).not.toBe(before);
    await bench.run(['request', 'GET', '/account/Compute-acme/nobody']);
    expect(headerOf(bench, 'cookie')).toBe(`nimbula=${renewed}`);
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 0 });
  });

  it('that cannot be used does not spoil the answer that brings it', async () => {
    const bench = await computeBench();
    const before = tokenIn((await bench.run(['auth'])).stdout);
    bench.service.faults.once(PATH, { headers: { 'Set-Cookie': ['nimbula=a; Path=/', 'nimbula=b; Path=/'] } });
    const { status, stdout, stderr } = await bench.run(['request', 'GET', PATH]);
    expect(status).toBe(0);
    expect(stdout).toContain('/Compute-acme/default');
    expect(stderr).toMatch(/^oracle-compute: a newer token was not kept: .* sent 2 cookies .*\n$/);
    expect(await storedToken(bench)).toBe(before);
  });
});

describe('a token that the service refuses', () => {
  const REFUSED = refusal(401, 'Authorization token is invalid');

  it('is replaced by a login, and the request made once more', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.service.faults.once(KEYS, REFUSED);
    const result = await bench.run(['request', 'POST', KEYS, '--data', JSON.stringify(KEY)]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.requests.map(({ path, status }) => `${status} ${path}`)).toEqual([
      '204 /authenticate/',
      `401 ${KEYS}`,
      '204 /authenticate/',
      `201 ${KEYS}`,
    ]);
    expect(bench.service.requests.at(-1)?.body).toBe(JSON.stringify(KEY));
  });

  it('a second time is exit 10, after two attempts', async () => {
    const bench = await computeBench();
    bench.service.faults.always(PATH, REFUSED);
    const result = await bench.run(['request', 'GET', PATH]);
    expect(result).toMatchObject({ status: 10, stdout: '', stderr: expect.stringContaining('does not accept') });
    expect(bench.service.logins).toBe(2);
    expect(bench.service.requests.filter(({ path }) => path === PATH)).toHaveLength(2);
  });

  it('is exit 10 without a password, after one attempt', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    bench.service.faults.always(PATH, REFUSED);
    const result = await bench.run(['request', 'GET', PATH], withoutPassword(bench));
    expect(result).toMatchObject({ status: 10, stdout: '', stderr: expect.stringContaining('does not accept') });
    expect(bench.service.requests).toHaveLength(2);
  });

  it('is replaced by what another process has got meanwhile', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    const otherProcess = async () => {
      await vi.waitUntil(() => bench.service.requests.some(({ path }) => path === PATH));
      bench.pass(1000);
      await bench.run(['auth']);
    };
    bench.service.faults.once(PATH, { ...REFUSED, delay: otherProcess() });
    expect(await bench.run(['request', 'GET', PATH])).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.logins).toBe(2);
  });
});

describe('OPC_COOKIE', () => {
  it('of another user overrides the stored session, and is used as it is', async () => {
    const users = { '/Compute-acme/jack': 'a', '/Compute-acme/jill': 'b' };
    const bench = await computeBench({ users });
    await bench.run(['auth']);
    const token = bench.service.issueToken({
      user: '/Compute-acme/jill',
      loginAt: bench.clock.time - 29 * MINUTE,
    });
    const env = { ...bench.env, OPC_COOKIE: token };
    expect(await bench.run(['request', 'GET', PATH], { env })).toMatchObject({ status: 0 });
    expect(headerOf(bench, 'cookie')).toBe(`nimbula=${token}`);
    expect(bench.service).toMatchObject({ logins: 1, refreshes: 0 });
    expect(await storedToken(bench)).not.toBe(token);
  });

  it('that has expired or is refused is exit 10, with both ways out and no login', async () => {
    const bench = await computeBench();
    const env = { ...bench.env, OPC_COOKIE: bench.service.issueToken() };
    bench.service.faults.once(PATH, refusal(401, 'Authorization token is invalid'));
    const refused = await bench.run(['request', 'GET', PATH], { env });
    bench.pass(31 * MINUTE);
    const expired = await bench.run(['request', 'GET', PATH], { env });
    for (const { status, stderr } of [refused, expired]) {
      expect(status).toBe(10);
      expect(stderr).toMatch(/unset OPC_COOKIE.*log in/);
    }
    expect(bench.service.requests).toHaveLength(1);
  });
});

describe('the path', () => {
  it.each([
    '//evil.example/x',
    'https://evil.example/x',
    '/a/../b',
    '/a/%2e%2E/b',
    '/./a',
    '/a\\..\\b',
    '\\\\evil.example',
    '/a\r\nX: y',
    '/a#b',
    '',
  ])('%j is refused before any request', async (path) => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'GET', path]);
    expect(result).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('not a path') });
    expect(bench.service.requests).toEqual([]);
  });

  it.each([
    ['account/Compute-acme/default', PATH],
    [`${PATH}?a=b&c=//d/../e`, PATH],
    ['/account/Compute acme/ü', '/account/Compute acme/ü'],
    ['/@evil.example/', '/@evil.example/'],
  ])('%j stays with the service', async (path, asked) => {
    const bench = await computeBench();
    await bench.run(['request', 'GET', path]);
    expect(bench.service.requests.at(-1)?.path).toBe(asked);
  });

  it('of the login is not allowed', async () => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'POST', '/%61uthenticate/', '--data', '{}']);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('log in: oracle-compute auth') });
    expect(bench.service.requests).toEqual([]);
  });
});

describe('headers', () => {
  it('are sent, as often as they are given, and may change the media type', async () => {
    const bench = await computeBench();
    const accept = 'application/oracle-compute-v3+directory+json';
    const line = ['request', '--header', `Accept: ${accept}`, 'GET', '--header=X-One:  a b ', '/account/Compute-acme/'];
    const result = await bench.run([...line, '--header', 'x-one: c', '-q', '-q']);
    expect(result).toMatchObject({
      status: 0,
      stdout: '{"result": ["/Compute-acme/cloud_storage", "/Compute-acme/default"]}',
    });
    expect(headerOf(bench, 'x-one')).toBe('a b, c');
  });

  it.each([
    'no colon',
    'Bad Name: x',
    ': x',
    'X: a\r\nY: b',
    'X: a\nb',
    'X: \u20ac',
    'Cookie: nimbula=x',
    'HOST: evil.example',
    'Authorization: Basic x',
    'Transfer-Encoding: chunked',
    'Content-Length: 5',
  ])('%j is refused before any request', async (header) => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'GET', PATH, '--header', header]);
    expect(result).toMatchObject({ status: 4, stdout: '' });
    expect(result.stderr).not.toMatch(/nimbula=x|Basic x/);
    expect(bench.service.requests).toEqual([]);
  });
});

describe('data', () => {
  it.each([
    ['a text', (_: ComputeBench) => JSON.stringify(KEY), ''],
    ['a file', ({ home }: ComputeBench) => `@${writeFileWithMode(join(home, 'k.json'), JSON.stringify(KEY))}`, ''],
    ['a file below the home', (bench: ComputeBench) => `@~/${writeBelowHome(bench)}`, ''],
    ['stdin', () => '-', JSON.stringify(KEY)],
    ['stdin as a file', () => '@-', JSON.stringify(KEY)],
  ])('comes from %s, with the media type of the service', async (_, data, stdin) => {
    const bench = await computeBench();
    const result = await bench.run(['request', 'POST', KEYS, '--data', data(bench)], { stdin });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(bench.service.requests.at(-1)).toMatchObject({ status: 201, body: JSON.stringify(KEY) });
    expect(headerOf(bench, 'content-type')).toBe('application/oracle-compute-v3+json');
    expect(headerOf(bench, 'content-length')).toBe(String(JSON.stringify(KEY).length));
  });

  it('is not needed for a DELETE', async () => {
    const bench = await computeBench();
    await bench.run(['request', 'POST', KEYS, '--data', JSON.stringify(KEY)]);
    const result = await bench.run(['request', 'delete', `/sshkey${KEY.name}`]);
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    [['GET', PATH, '--data', 'x'], 2, /GET requests have no body/],
    [['TRACE', PATH], 2, /the method is one of GET/],
    [
      ['POST', KEYS, '--data', '@/nonexistent/file'],
      2,
      /\/nonexistent\/file does not exist\ncheck its name: ls -l \/nonexistent\n/,
    ],
    [['POST', KEYS, '--data', '@/'], 2, /\/ cannot be read/],
  ])('%j is refused before any request', async (line, status, message) => {
    const bench = await computeBench();
    const result = await bench.run(['request', ...line]);
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
    expect(bench.service.requests).toEqual([]);
  });
});

it('shows no secret with --debug', async () => {
  const bench = await computeBench();
  const line = ['request', 'GET', `${PATH}?password=canary`, '--header', 'X-Key: canary', '--debug'];
  const { stderr } = await bench.run(line);
  expect(stderr).toContain(`> GET ${bench.service.origin}${PATH}\n< 200`);
  expect(stderr).not.toMatch(/canary|eyJ/);
  expect(stderr).not.toContain(bench.service.password);
});

function writeBelowHome({ home }: ComputeBench): string {
  writeFileWithMode(join(home, 'data', 'k.json'), JSON.stringify(KEY));
  return 'data/k.json';
}

it('sends a token from a variable to no other service than the one that issued it', async () => {
  const bench = await computeBench();
  const token = tokenIn((await bench.run(['auth'])).stdout);
  const other = await computeBench();
  const env = { OPC_USER: bench.service.user, OPC_COOKIE: token };
  const elsewhere = await bench.run(['request', 'GET', '/instance/', '-a', other.service.url], { env });
  expect(elsewhere).toMatchObject({ status: 4, stdout: '' });
  expect(elsewhere.stderr).toContain(`comes from ${bench.service.origin}, and is not sent to ${other.service.origin}`);
  expect(other.service.requests).toEqual([]);
  const atHome = await bench.run(['request', 'GET', '/account/Compute-acme/', '-a', bench.service.url], { env });
  expect(atHome.status).toBe(0);
});
