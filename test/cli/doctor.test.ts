import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { type ComputeBench, computeBench, MINUTE, NOON, tokenIn } from '../support/compute.js';
import { fakeKeychain } from '../support/fake-keychain.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../support/temporary-home.js';
import { runLine, type TestContextOptions, testClock } from '../support/test-context.js';

interface Line {
  check: string;
  state: 'pass' | 'fail' | 'note';
  message: string;
  code: string | null;
  hint: string | null;
}

async function examine(
  bench: Pick<ComputeBench, 'run'>,
  context: Partial<TestContextOptions> = {},
  flags: string[] = [],
) {
  const { status, stdout, stderr } = await bench.run(['doctor', '-f', 'json', ...flags], context);
  expect(stderr).toBe('');
  const lines: Line[] = JSON.parse(stdout).list;
  const failed = lines.filter(({ state }) => state === 'fail').map(({ check, code, hint }) => ({ check, code, hint }));
  const of = (name: string) => lines.filter(({ check }) => check === name);
  return { status, stdout, lines, failed, of };
}

/** A bench whose user has logged in and whose files are as this program makes them. */
async function loggedIn(): Promise<ComputeBench & { token: string; cookieFile: string }> {
  const bench = await computeBench();
  const token = tokenIn((await bench.run(['auth'])).stdout);
  const name =
    filesBelow(bench.home)
      .find((file) => file.includes('.json'))
      ?.split(' ')[0] ?? '';
  return { ...bench, token, cookieFile: join(bench.home, name) };
}

const CHECKS = [
  ...[
    'node',
    'variables',
    'profile',
    'endpoint',
    'user',
    'cookie',
    'folders',
    'cookies',
    'leftovers',
    'password',
    'oci',
    'schedule',
  ],
  ...['keychain', 'proxy', 'network', 'tls', 'clock'],
];

describe('doctor', () => {
  it('finds nothing wrong where all is in order', async () => {
    const bench = await loggedIn();
    const { status, lines, of } = await examine(bench);
    expect(lines.map(({ check }) => check)).toEqual(CHECKS);
    expect(lines.filter(({ state }) => state !== 'pass')).toEqual([of('tls')[0]]);
    expect(of('tls')[0]?.message).toMatch(/is plain http/);
    expect(of('cookies')[0]?.message).toBe('1 stored session is in order');
    expect(status).toBe(0);
  });

  it('says one line each, and only what is wrong with -q', async () => {
    const bench = await loggedIn();
    chmodSync(bench.passwordFile, 0o644);
    const { status, stdout, stderr } = await bench.run(['doctor']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(CHECKS.length);
    for (const line of lines) expect(line).toMatch(/^(?:pass|fail|note) {2}[a-z]+ +\S/);
    const wrong = `fail  password   the password file ${bench.passwordFile} can be read by others (mode 0644) -> restrict its permissions: chmod 600 ${bench.passwordFile}\n`;
    expect(stdout).toContain(wrong);
    expect((await bench.run(['doctor', '-q'])).stdout).toBe(wrong);
  });

  it('works with nothing configured, and without a home folder', async () => {
    for (const home of [temporaryHome(), '/nowhere']) {
      const { status, lines } = await examine({ run: (line, context) => runLine(line, { home, ...context }) });
      expect(lines.map(({ check }) => check)).toEqual(CHECKS);
      expect(lines.filter(({ state }) => state === 'fail')).toEqual([]);
      expect(status).toBe(0);
    }
  });

  it('goes on where the system refuses to look', async () => {
    const bench = await loggedIn();
    const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    const keychain = { ...fakeKeychain({}), get: () => Promise.reject(failure) };
    const { status, lines, failed } = await examine(bench, { keychain });
    expect(lines.map(({ check }) => check)).toEqual(CHECKS);
    expect(failed).toEqual([{ check: 'keychain', code: 'SYSTEM_REFUSED', hint: expect.any(String) }]);
    expect(status).toBe(2);
  });

  it('shows no secret, sends none, and changes nothing', async () => {
    const bench = await loggedIn();
    const before = filesBelow(bench.home);
    const keychain = fakeKeychain({ [`${bench.service.user} ${bench.service.origin}`]: 'canary-password' });
    const env = {
      ...bench.env,
      OPC_COOKIE: 'canary-cookie',
      OPC_COMPUTE_COOKIE: 'canary-older',
      HTTP_PROXY: 'http://canary-user:canary-secret@proxy.example.com:3128',
      HTTPS_PROXY: 'http://canary-user:canary-secret@proxy.example.com:3128',
    };
    const requests = bench.service.requests.length;
    for (const flags of [[], ['-f', 'json'], ['-d'], ['-f', 'csv']]) {
      const { stdout, stderr } = await bench.run(['doctor', ...flags], { env, keychain });
      expect(stdout + stderr).not.toMatch(/canary/);
      expect(stdout + stderr).not.toContain(bench.service.password);
      expect(stdout + stderr).not.toContain(bench.token);
      expect(stdout).toContain('variables');
    }
    const alone = await bench.run(['doctor'], { home: temporaryHome(), env: { OPC_COOKIE: 'canary-cookie' } });
    expect(alone.stdout).toContain('OPC_COOKIE has a token without a readable expiry');
    expect(alone.stdout + alone.stderr).not.toContain('canary');
    expect(filesBelow(bench.home)).toEqual(before);
    const sent = bench.service.requests.slice(requests);
    expect(sent).toHaveLength(4);
    expect(JSON.stringify(sent)).not.toMatch(/canary|nimbula/);
  });
});

describe('files', () => {
  it.each([
    ['.opc', 0o722, 'FOLDER_UNSAFE', /^restrict its permissions: chmod 700 /],
    ['.opc/cookies', 0o750, 'FOLDER_UNSAFE', /chmod 700/],
  ])('the folder %s in mode %o', async (name, mode, code, hint) => {
    const bench = await loggedIn();
    chmodSync(join(bench.home, name), mode);
    const { status, failed } = await examine(bench);
    expect(failed).toEqual([{ check: 'folders', code, hint: expect.stringMatching(hint) }]);
    expect(status).toBe(2);
  });

  it('a folder ~/.opc that others may look into is no harm', async () => {
    const bench = await loggedIn();
    chmodSync(join(bench.home, '.opc'), 0o755);
    expect((await examine(bench)).failed).toEqual([]);
  });

  it.each([
    ['can be read by others', (path: string) => chmodSync(path, 0o640), 'FILE_UNSAFE', 2],
    ['is empty', (path: string) => writeFileWithMode(path, ''), 'COOKIES_FILE_CORRUPT', 4],
    ['is no cookies file', (path: string) => writeFileWithMode(path, '{}'), 'COOKIES_FILE_FOREIGN', 4],
  ])('a cookies file that %s', async (_, damage, code, exit) => {
    const bench = await loggedIn();
    damage(bench.cookieFile);
    const { status, failed } = await examine(bench);
    expect(failed).toEqual([{ check: 'cookies', code, hint: expect.stringContaining(bench.cookieFile) }]);
    expect(status).toBe(exit);
  });

  it('a cookies file that a variable names', async () => {
    const bench = await loggedIn();
    const path = writeFileWithMode(join(bench.home, 'elsewhere'), 'x');
    const { failed } = await examine(bench, { env: { ...bench.env, OPC_COOKIE_FILE: '~/elsewhere' } });
    expect(failed).toEqual([{ check: 'cookies', code: 'COOKIES_FILE_CORRUPT', hint: expect.stringContaining(path) }]);
  });

  it('what killed processes have left: each with the command that removes it, which works', async () => {
    const bench = await loggedIn();
    const temporary = writeFileWithMode(`${bench.cookieFile}.0a1b2c3d.oracle-compute.tmp`, 'x');
    utimesSync(temporary, NOON / 1000 - 120, NOON / 1000 - 120);
    const { status, failed, of } = await examine(bench);
    expect(failed.map(({ code }) => code)).toEqual(['LEFTOVER_FILE']);
    expect(status).toBe(2);
    for (const { hint } of of('leftovers')) execFileSync('sh', ['-c', hint?.replace(/^remove it: /, '') ?? 'false']);
    expect((await examine(bench)).failed).toEqual([]);
  });

  it.each(['cron', 'systemd', 'launchd'])('an entry of %s whose program was moved', async (scheduler) => {
    const bench = await loggedIn();
    const program = writeFileWithMode(join(bench.home, "Jack's <1> 100%", 'oracle-compute'), '', 0o755);
    const line = ['schedule', scheduler, '-p', bench.passwordFile, '-f', 'json'];
    const { files } = JSON.parse((await bench.run(line, { self: [program] })).stdout);
    for (const { path, content } of files) writeFileWithMode(join(bench.home, path.replace('~/', '')), content);
    const outputs: Record<string, string> = scheduler === 'cron' ? { crontab: `PATH=/bin\n${files[0].content}` } : {};
    const before = await examine(bench, { outputs });
    expect([before.failed, before.of('schedule')[0]?.message]).toEqual([[], 'each entry starts a program that exists']);
    renameSync(program, `${program}.moved`);
    const { status, failed, of } = await examine(bench, { outputs });
    expect(failed).toEqual([expect.objectContaining({ check: 'schedule', code: 'SCHEDULED_PROGRAM_MISSING' })]);
    expect(of('schedule')[0]?.message).toContain(program);
    expect(status).toBe(2);
  });

  it('a temporary file that is new belongs to a running process', async () => {
    const bench = await loggedIn();
    const temporary = writeFileWithMode(`${bench.cookieFile}.ab12cd34.oracle-compute.tmp`, 'x');
    utimesSync(temporary, NOON / 1000 - 5, NOON / 1000 - 5);
    expect((await examine(bench)).failed).toEqual([]);
  });

  it.each([
    ['missing', (path: string) => path.concat('-not-there'), 'PASSWORD_FILE_MISSING', 2],
    ['empty', (path: string) => writeFileWithMode(path, '\n'), 'PASSWORD_EMPTY', 4],
  ])('a password file that is %s', async (_, damage, code, exit) => {
    const bench = await loggedIn();
    const path = damage(bench.passwordFile);
    const { status, failed } = await examine(bench, { env: { ...bench.env, OPC_PASSWORD_FILE: path } });
    expect(failed).toMatchObject([{ check: 'password', code }]);
    expect(status).toBe(exit);
  });

  it('a password in a pipe is not read', async () => {
    const bench = await loggedIn();
    const pipe = join(bench.home, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const { status, of } = await examine(bench, { env: { ...bench.env, OPC_PASSWORD_FILE: pipe } });
    expect(of('password')).toMatchObject([{ state: 'note', message: `${pipe} is a pipe, which doctor does not read` }]);
    expect(status).toBe(0);
  });

  it.each([
    ['that is no JSON', '{', 0o600, 'PROFILE_FILE_MALFORMED', 4],
    ['that others can write', '{}', 0o622, 'FILE_UNSAFE', 2],
  ])('a profile file %s is one failure, and the rest is looked at', async (_, text, mode, code, exit) => {
    const bench = await loggedIn();
    writeFileWithMode(join(bench.home, '.opc', 'profiles', 'default'), text, mode);
    const { status, failed, lines } = await examine(bench, { env: { ...bench.env, OPC_USER: undefined } });
    expect(failed).toMatchObject([{ check: 'profile', code }]);
    expect(lines.map(({ check }) => check)).toEqual(CHECKS);
    expect(status).toBe(exit);
  });

  it('a folder of another owner', async () => {
    const bench = await computeBench();
    const folder = join(bench.home, '.opc', 'cookies');
    // Only root can give a folder away; everybody else finds one of root's.
    if (process.geteuid?.() === 0) {
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, 65534, 65534);
    } else symlinkSync('/usr', folder);
    expect((await examine(bench)).failed).toMatchObject([{ check: 'folders', code: 'FILE_FOREIGN_OWNER' }]);
  });
});

describe('variables', () => {
  it('OPC_COOKIE, which has an earlier token of the stored session', async () => {
    const bench = await loggedIn();
    bench.pass(MINUTE);
    await bench.run(['refresh_token', '-q']);
    const { failed, of } = await examine(bench, { env: { ...bench.env, OPC_COOKIE: bench.token } });
    expect([failed, of('cookie')[0]?.message]).toEqual([[], expect.stringContaining('an earlier token of the stored')]);
  });

  it('OPC_COOKIE, which has the token of another user than the stored session', async () => {
    const bench = await loggedIn();
    const other = bench.service.issueToken({ user: '/Compute-acme/other' });
    const { status, failed } = await examine(bench, { env: { ...bench.env, OPC_COOKIE: other } });
    expect(failed).toEqual([{ check: 'cookie', code: 'VARIABLE_SHADOWED', hint: 'unset OPC_COOKIE' }]);
    expect(status).toBe(2);
  });

  it('OPC_COOKIE, which is the stored token', async () => {
    const bench = await loggedIn();
    const { failed, of } = await examine(bench, { env: { ...bench.env, OPC_COOKIE: bench.token } });
    expect(failed).toEqual([]);
    expect(of('cookie')[0]?.message).toBe('OPC_COOKIE has a valid token, the stored one');
  });

  it('OPC_COOKIE, which has expired', async () => {
    const bench = await computeBench();
    const old = bench.service.issueToken({ loginAt: NOON - 40 * MINUTE });
    const { status, failed } = await examine(bench, { env: { ...bench.env, OPC_COOKIE: old } });
    expect(failed).toMatchObject([{ check: 'cookie', code: 'TOKEN_EXPIRED' }]);
    expect(status).toBe(10);
  });

  it('OPC_COOKIE, which is no token', async () => {
    const bench = await loggedIn();
    const { status, failed } = await examine(bench, { env: { ...bench.env, OPC_COOKIE: 'two\nlines' } });
    expect(failed).toMatchObject([{ check: 'cookie', code: 'COOKIE_MALFORMED' }]);
    expect(status).toBe(4);
  });

  it('older names that a newer one hides, but not those that agree', async () => {
    const bench = await loggedIn();
    const env = {
      ...bench.env,
      OPC_COMPUTE_API: 'https://old.example.com',
      NIMBULA_USER: '/Compute-acme/old',
      ORACLE_COMPUTE_PASSWORD_FILE: bench.passwordFile,
    };
    const { failed } = await examine(bench, { env });
    expect(failed.map(({ check, hint }) => [check, hint])).toEqual([
      ['variables', 'unset OPC_COMPUTE_API'],
      ['variables', 'unset NIMBULA_USER'],
    ]);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const bench = await loggedIn();
    const { status, failed } = await examine(bench, { env: { ...bench.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expect(failed).toMatchObject([{ check: 'variables', code: 'TLS_CHECK_OFF' }]);
    expect(status).toBe(2);
  });

  it.each([
    ['OPC_API', 'ftp://example.com', 'endpoint', 'ADDRESS_MALFORMED'],
    ['OPC_USER', 'jack', 'user', 'ACCOUNT_MALFORMED'],
  ])('a malformed %s', async (name, value, check, code) => {
    const bench = await loggedIn();
    const { status, failed, lines } = await examine(bench, { env: { ...bench.env, [name]: value } });
    expect(failed).toMatchObject([{ check, code }]);
    expect(lines.map((line) => line.check)).toEqual(CHECKS);
    expect(status).toBe(4);
  });
});

describe('the way to the service', () => {
  it('trusts a private authority that is named, and no other', async () => {
    const authority = await createLocalAuthority();
    const bench = await computeBench({ tls: authority }, Date.now());
    const ca = writeFileWithMode(join(bench.home, 'ca.pem'), authority.certificatePem);
    const good = await examine(bench, {}, ['--ca-bundle', ca]);
    expect(good.failed).toEqual([]);
    expect(good.of('tls')[0]?.message).toMatch(/^the certificate of \S+ is trusted$/);
    const { status, failed, of } = await examine(bench);
    expect(failed).toEqual([{ check: 'tls', code: 'TLS_FAILED', hint: expect.stringContaining('--ca-bundle') }]);
    expect(of('network')[0]?.state).toBe('pass');
    expect(status).toBe(3);
    const noFile = await examine(bench, {}, ['--ca-bundle', '/nowhere']);
    expect(noFile.failed).toMatchObject([{ check: 'tls', code: 'CA_BUNDLE_MALFORMED' }]);
  });

  it.each([
    ['nothing listens', 'http://127.0.0.1:1', 'UNREACHABLE', 3],
    ['no name server knows it', 'https://compute.invalid', 'UNREACHABLE', 3],
    ['plain http leads to another machine', 'http://compute.invalid', 'INSECURE_ADDRESS', 4],
  ])('%s', async (_, address, code, exit) => {
    const bench = await computeBench();
    const { status, failed } = await examine(bench, {}, ['-a', address]);
    expect(failed).toMatchObject([{ check: 'network', code }]);
    expect(status).toBe(exit);
  });

  it.each([
    [61_000, 'ahead of'],
    [-3_600_000, 'behind'],
  ])('the clock here is %i ms off', async (skew, direction) => {
    const bench = await computeBench();
    const { status, failed, of } = await examine(bench, { clock: testClock(NOON + skew) });
    expect(failed).toEqual([{ check: 'clock', code: 'CLOCK_WRONG', hint: expect.stringContaining('timedatectl') }]);
    expect(of('clock')[0]?.message).toContain(`${direction} the service's`);
    expect(status).toBe(2);
  });

  it.each([50_000, -50_000])('the clock here is %i ms off, which is no harm', async (skew) => {
    const bench = await computeBench();
    expect((await examine(bench, { clock: testClock(NOON + skew) })).failed).toEqual([]);
  });

  it('names the proxy, without its password', async () => {
    const bench = await computeBench();
    const env = { ...bench.env, OPC_API: 'https://compute.invalid', https_proxy: 'jack:canary@127.0.0.1:1' };
    const { of, stdout } = await examine(bench, { env });
    expect(of('proxy')[0]?.message).toBe('connection: through 127.0.0.1:1');
    expect(stdout).not.toContain('canary');
    const direct = await examine(bench, { env: { ...env, no_proxy: '.invalid' } });
    expect(direct.of('proxy')[0]?.message).toBe('connection: direct');
    const wrong = await examine(bench, { env: { ...env, https_proxy: 'socks5://127.0.0.1' } });
    expect(wrong.failed[0]).toMatchObject({ check: 'proxy', code: 'PROXY_UNSUPPORTED' });
  });

  it('takes the address of the only stored session where none is given', async () => {
    const bench = await loggedIn();
    const requests = bench.service.requests.length;
    const { of } = await examine(bench, { env: {} });
    expect(of('network')[0]?.state).toBe('pass');
    expect(bench.service.requests).toHaveLength(requests + 1);
  });
});

describe('the keychain', () => {
  it.each([
    ['open', 0, 'pass', /^the keychain has the password of /],
    ['locked', 0, 'pass', /^the keychain answers; it has no password of .*, or is locked$/],
    ['unavailable', 0, 'note', /^no keychain is available: .*; a password file can be used instead$/],
    ['silent', 2, 'fail', /^the keychain did not answer in 3 s$/],
  ] as const)('that is %s, where the password has to come from it', async (state, status, outcome, message) => {
    const bench = await computeBench();
    const env = { ...bench.env, OPC_PASSWORD_FILE: undefined };
    const keychain = fakeKeychain({ [`${bench.service.user} ${bench.service.origin}`]: 'x' });
    keychain.state = state;
    const result = await examine(bench, { env, keychain });
    expect(result.of('keychain')).toMatchObject([{ state: outcome, message: expect.stringMatching(message) }]);
    expect(result.status).toBe(status);
  });

  it.each(['silent', 'unavailable'] as const)('that is %s is no harm to who has a password file', async (state) => {
    const bench = await computeBench();
    const keychain = fakeKeychain({ [`${bench.service.user} ${bench.service.origin}`]: 'x' });
    keychain.state = state;
    const { status, of } = await examine(bench, { keychain });
    expect(of('keychain')[0]).toMatchObject({
      state: 'note',
      message: expect.stringContaining('password file is used'),
    });
    expect(status).toBe(0);
  });
});

describe('Node', () => {
  it.each(['20.19.0', '22.12.0', '24.0.0', '23.0.0'])('%s is good', async (nodeVersion) => {
    const bench = await computeBench();
    expect((await examine(bench, { nodeVersion })).failed).toEqual([]);
  });

  it.each(['20.18.9', '18.20.0', '21.7.0', '22.11.0'])('%s is too old', async (nodeVersion) => {
    const bench = await computeBench();
    const { status, failed } = await examine(bench, { nodeVersion });
    expect(failed).toMatchObject([{ check: 'node', code: 'NODE_UNSUPPORTED' }]);
    expect(status).toBe(2);
  });
});
