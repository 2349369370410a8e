import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { foreignService, redirectTo, trouble } from '../../fixtures/compute-service/faults.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import { type ComputeBench, computeBench } from '../support/compute.js';
import { writeFileWithMode } from '../support/temporary-home.js';

/** A refused line: its status, `false` for eval, one line that says what happened and one that says what to do. */
async function refused(
  bench: ComputeBench,
  line: string[],
  status: number,
  message: RegExp,
  hint: RegExp,
  context = {},
) {
  const result = await bench.run(line, context);
  expect(result).toMatchObject({ status, stdout: 'false\n' });
  const lines = result.stderr.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^oracle-compute: /);
  expect(lines[0]).toMatch(message);
  expect(lines[1]).toMatch(hint);
  expect(result.stderr).not.toContain(bench.service.password);
}

describe('the password file', () => {
  const user = '/Compute-acme/jack.jones@example.com';

  it.each([
    ['missing', () => undefined, 2, /does not exist/, /umask 077/],
    ['a folder', (path: string) => mkdirSync(path), 2, /is not a file/, /^check it: ls -ld /],
    ['empty', (path: string) => writeFileWithMode(path, ''), 4, /is empty/, /put the password into/],
    ['only a line break', (path: string) => writeFileWithMode(path, '\r\n'), 4, /is empty/, /put the password into/],
    ['not text', (path: string) => writeFileWithMode(path, Buffer.from([0xff, 0xfe])), 4, /not UTF-8/, /UTF-8/],
    [
      'readable by all',
      (path: string) => writeFileWithMode(path, 'x', 0o644),
      2,
      /mode 0644/,
      /^restrict its permissions: chmod 600 /,
    ],
    ['readable by the group', (path: string) => writeFileWithMode(path, 'x', 0o640), 2, /mode 0640/, /chmod 600/],
    ['writable by all', (path: string) => writeFileWithMode(path, 'x', 0o602), 2, /mode 0602/, /chmod 600/],
    ['huge', (path: string) => writeFileWithMode(path, 'x'.repeat(65_537)), 2, /larger than 64 KiB/, /right file/],
    ['a device', (path: string) => symlinkSync('/dev/null', path), 2, /is not a file/, /ls -ld/],
    ['a dangling link', (path: string) => symlinkSync('/nowhere', path), 2, /does not exist/, /umask 077/],
    [
      'a link to a file that others can read',
      (path: string) => symlinkSync('/etc/passwd', path),
      2,
      /mode 0644/,
      /chmod 600/,
    ],
  ] as const)('%s', async (_, make, status, message, hint) => {
    const bench = await computeBench();
    const path = join(bench.home, 'pw');
    make(path);
    await refused(bench, ['auth', user, path], status, message, hint);
    expect(bench.service.requests).toHaveLength(0);
  });

  it('of another owner', async (context) => {
    if (process.geteuid?.() !== 0) return context.skip('only root can give a file away');
    const bench = await computeBench();
    const path = writeFileWithMode(join(bench.home, 'pw'), 'x');
    chownSync(path, 65534, 65534);
    await refused(bench, ['auth', user, path], 2, /belongs to another user/, /chown/);
  });

  it('at 64 KiB, in mode 0400, with a line break, or through a link is good', async () => {
    const long = 'p'.repeat(65_530);
    const bench = await computeBench({ users: { [user]: long } });
    const path = writeFileWithMode(join(bench.home, 'pw'), `${long}\r\n`, 0o400);
    symlinkSync(path, join(bench.home, 'link'));
    expect((await bench.run(['auth', user, join(bench.home, 'link')])).status).toBe(0);
  });

  it('loses one line break at its end and nothing else', async () => {
    const password = "  spaces and \\ and 'quotes' and\ttab \n";
    const bench = await computeBench({ users: { [user]: password } });
    const path = writeFileWithMode(join(bench.home, 'pw'), `${password}\n`);
    expect((await bench.run(['auth', user, path])).status).toBe(0);
  });

  it('may be a pipe, as a shell makes one of <(…)', async () => {
    const bench = await computeBench();
    const pipe = join(bench.home, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    // Another process writes: opening a pipe waits for its reader, which is this one.
    const writer = spawn('sh', ['-c', 'cat > "$1"', 'sh', pipe], { stdio: ['pipe', 'ignore', 'ignore'] });
    writer.stdin.end(`${bench.service.password}\n`);
    const answer = bench.run(['auth', user, pipe]);
    expect((await answer).status).toBe(0);
  });

  it('- reads one line of stdin where there is no terminal, and asks where there is one', async () => {
    const bench = await computeBench();
    const stdin = `${bench.service.password}\nnot this\n`;
    expect((await bench.run(['auth', user, '-'], { stdin })).status).toBe(0);
    expect((await bench.run(['auth', user, '-p', '-'], { stdin })).status).toBe(0);
    expect((await bench.run(['auth', user, '-p-'], { stdin })).status).toBe(0);
    expect((await bench.run(['auth', user, '--pass=-'], { stdin })).status).toBe(0);
    const asked = await bench.run(['auth', user, '-'], { answers: [bench.service.password] });
    expect(asked.status).toBe(0);
    expect(asked.stderr).toContain(`Password of ${user} at ${bench.service.origin}: `);
    await refused(bench, ['auth', user, '-'], 4, /standard input is empty/, /put the password/, { stdin: '' });
  });
});

describe('values', () => {
  it.each([
    ['Compute-acme/jack'],
    ['/Compute-acme'],
    ['/Compute-acme/'],
    ['//jack'],
    ['/Compute-acme/jack/x'],
    ['/Compute acme/jack'],
    ['jack@example.com'],
    ['/Compute-acme/ja\nck'],
    [''],
    [`/a/${'x'.repeat(600)}`],
  ])('the user name %j is refused', async (user) => {
    const bench = await computeBench();
    await refused(
      bench,
      ['auth', user, bench.passwordFile],
      4,
      /invalid user name.*; expected \/customer\/name/,
      /\/Compute-acme\/jack/,
    );
    expect(bench.service.requests).toHaveLength(0);
  });

  it.each([
    ['https://'],
    ['ftp://x'],
    ['https://user:hunter2@host'],
    ['https://host/authenticate/'],
    ['https://host?x'],
    ['https://host#x'],
    ['ho st'],
    [':0'],
    ['https://host:99999'],
  ])('the address %j is refused', async (address) => {
    const bench = await computeBench();
    await refused(bench, ['auth', '-a', address], 4, /not a valid endpoint/, /-a https:\/\//);
    const { stderr } = await bench.run(['auth', '-a', address]);
    expect(stderr).not.toContain('hunter2');
  });

  it('plain http goes to this machine only, unless it is allowed', async () => {
    const bench = await computeBench();
    expect(bench.service.url).toMatch(/^http:/);
    await refused(bench, ['auth', '-a', 'http://198.51.100.7'], 4, /plain http/, /--allow-http/);
  });

  it.each([['10 m'], ['-5'], ['soon']])('the duration %j is refused', async (duration) => {
    const bench = await computeBench();
    await refused(bench, ['refresh_token', `--min-valid=${duration}`], 4, /not a duration/, /10m/);
    await refused(bench, ['auth', `--timeout=${duration}`], 4, /not a duration/, /10m/);
  });

  it.each([
    [['auth', '--nonsense'], /unknown option --nonsense/],
    [['auth', 'a', 'b', 'c'], /too many arguments/],
    [['auth', '--shell', 'klingon'], /--shell cannot be "klingon"; it is one of sh, bash, /],
    [['auth', '-fxml'], /--format cannot be "xml"; it is one of table, wide, tabbed, csv, json$/],
    [['auth', '-p'], /-p needs a value/],
    [['auth', '--user', '-H'], /--user needs a value/],
    [['auth', '--no-cookie-file', '--cookie-file', 'x'], /cannot be used together/],
  ])('the line %j is refused', async (line, message) => {
    const bench = await computeBench();
    await refused(bench, line, 2, message, /^see: oracle-compute auth --help$/);
  });

  it.each([
    [['request'], '<method> and <path> are missing'],
    [['request', 'GET', '-q'], '<path> is missing'],
    [['schedule', '-q'], '<scheduler> is missing'],
  ])('the line %j lacks an argument, which is named', async (line, message) => {
    const bench = await computeBench();
    const result = await bench.run(line);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toBe(`oracle-compute: ${message}\nsee: oracle-compute ${line[0]} --help\n`);
  });

  it.each([
    ['aut', 'auth'],
    ['refrsh', 'refresh'],
    ['stats', 'status'],
  ])('%s is no command', async (word, near) => {
    const bench = await computeBench();
    const { status, stdout, stderr } = await bench.run([word]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`unknown command "${word}"; did you mean "${near}"?`);
  });

  it.each([
    ['OPC_API', /no endpoint given/, /give -a .*, or set OPC_API, or "compute.endpoint" in ~\/.opc/],
    ['OPC_USER', /no user given/, /give -u .*, or set OPC_USER, or "compute.user"/],
    ['OPC_PASSWORD_FILE', /no password/, /-p FILE or OPC_PASSWORD_FILE.*oracle-compute password set/],
  ])('without %s all places are named', async (name, message, hint) => {
    const bench = await computeBench();
    await refused(bench, ['auth'], 2, message, hint, { env: { ...bench.env, [name]: undefined } });
  });

  it.each([
    ['not JSON', '{'],
    ['not an object', '{"compute": 5}'],
    ['not text', '{"compute": {"user": 5}}'],
  ])('a profile file that is %s is refused', async (_, text) => {
    const bench = await computeBench();
    writeFileWithMode(join(bench.home, '.opc/profiles/default'), text);
    await refused(bench, ['auth'], 4, /the profile file .* /, /^check it: cat /, { env: {} });
  });

  it.each([
    ['absent', undefined],
    ['without a certificate', 'hello'],
  ])('a CA bundle that is %s is refused', async (_, text) => {
    const bench = await computeBench();
    const path = join(bench.home, 'ca.pem');
    if (text !== undefined) writeFileSync(path, text);
    await refused(bench, ['auth', '--ca-bundle', path], 4, /the CA bundle/, /openssl/);
  });

  it.each([
    ['a;b'],
    ['x\ny'],
    ['nimbula='],
    ['ключ'],
    ['x'.repeat(20_000)],
  ])('an OPC_COOKIE like %j is refused', async (value) => {
    const bench = await computeBench();
    await refused(bench, ['refresh_token'], 4, /OPC_COOKIE is not a cookie/, /unset OPC_COOKIE/, {
      env: { ...bench.env, OPC_COOKIE: value },
    });
  });
});

describe('the service', () => {
  it.each([
    ['a wrong password', { status: 401 }, 10, /refused the user name or the password/, /identity domain/],
    ['another service', foreignService(), 9, /is another service/, /REST endpoint/],
    ['403', { status: 403 }, 11, /HTTP 403/, /check the path/],
    ['404', { status: 404 }, 12, /HTTP 404/, /check the path/],
    ['405', { status: 405 }, 13, /HTTP 405/, /check the path/],
    ['406', { status: 406 }, 14, /HTTP 406/, /check the path/],
    ['409', { status: 409 }, 15, /HTTP 409/, /check the path/],
    ['418', { status: 418 }, 9, /HTTP 418/, /check the path/],
    ['a fault', trouble(500), 3, /failed \(HTTP 500\)/, /try again/],
    ['204 without a cookie', { cookie: 'none' }, 5, /sent no cookie/, /check the endpoint/],
    ['two cookies', { cookie: 'two' }, 5, /sent 2 cookies/, /proxy in between/],
    ['a cookie with a control character', { cookie: { value: 'a\x01b' } }, 7, /cannot be read/, /curl/],
    ['a cookie that no header can carry back', { cookie: { value: 'a\xe9b' } }, 5, /cannot be used/, /proxy/],
    [
      'a redirect to another host',
      redirectTo('https://evil.example/authenticate/'),
      5,
      /redirects \(HTTP 302\), which was not followed/,
      /check the endpoint/,
    ],
    ['a redirect to a socket', redirectTo('unix:/run/x.sock:/'), 5, /redirects \(HTTP 302\)/, /check the endpoint/],
    ['a redirect to nowhere', { instead: { status: 302 } }, 5, /redirects/, /./],
    ['a redirect that keeps the body', redirectTo('/elsewhere/', 307), 5, /was not followed/, /./],
    ['an endless body', { instead: { status: 401, body: 'x'.repeat(200_000) } }, 7, /more than 65536 bytes/, /curl/],
    ['the connection cut', { drop: 'before-answer' }, 3, /connection was cut/, /curl/],
    ['the connection cut in the answer', { drop: 'during-answer' }, 3, /./, /./],
  ] as const)('%s', async (_, fault, status, message, hint) => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', fault as never);
    await refused(bench, ['auth'], status, message, hint);
    expect(bench.service.requests.every(({ path }) => path === '/authenticate/')).toBe(true);
  });

  it('a refused password is sent once', async () => {
    const bench = await computeBench();
    writeFileWithMode(bench.passwordFile, 'wrong');
    await refused(bench, ['auth'], 10, /refused/, /IDCS/);
    expect(bench.service.requests).toHaveLength(1);
  });

  it.each([429, 502, 503, 504])('%i is tried three times, then it stands', async (status) => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', trouble(status));
    await refused(bench, ['auth'], 3, new RegExp(`HTTP ${status}`), /try again/);
    expect(bench.service.requests).toHaveLength(3);
  });

  it('passing trouble is overcome', async () => {
    const bench = await computeBench();
    bench.service.faults.once('/authenticate/', trouble(503));
    bench.service.faults.once('/authenticate/', trouble(502));
    expect((await bench.run(['auth'])).status).toBe(0);
    expect(bench.service.requests).toHaveLength(3);
    bench.pass(60_000);
    bench.service.faults.once('/refresh/', { drop: 'before-answer' });
    expect((await bench.run(['refresh_token'])).status).toBe(0);
    expect(bench.service.requests).toHaveLength(5);
  });

  it.each([
    'before-answer',
    'during-answer',
  ] as const)('a password is sent once where nobody knows whether it was taken: %s', async (drop) => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', { drop });
    await refused(bench, ['auth'], 3, /connection was cut/, /./);
    expect(bench.service.requests).toHaveLength(1);
  });

  it('no such path at a login means that the address is another one', async () => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', { instead: { status: 404 } });
    await refused(bench, ['auth'], 12, /HTTP 404/, /REST endpoint/);
    bench.service.faults.always('/authenticate/', redirectTo('/login'));
    await refused(bench, ['auth'], 5, /redirects \(HTTP 302\), which/, /REST endpoint/);
  });

  it('a Retry-After beyond the time limit is not waited for', async () => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', trouble(429, { 'Retry-After': '3600' }));
    await refused(bench, ['auth'], 3, /HTTP 429/, /try again in 3600 s/);
    expect(bench.service.requests).toHaveLength(1);
  });

  it('a service that does not answer is left after the time limit', async () => {
    const bench = await computeBench();
    bench.service.faults.always('/authenticate/', { delay: new Promise(() => undefined) });
    await refused(bench, ['auth', '--timeout', '0.3'], 3, /did not answer within 0.3 s/, /--timeout 60/);
  });

  it('a name that does not exist, a port that is closed, and something that speaks no HTTP', async () => {
    const bench = await computeBench();
    await refused(
      bench,
      ['auth', '-a', 'no-such-host.invalid'],
      3,
      /cannot be found \(DNS\)|does not answer \(DNS\)/,
      /curl/,
    );
    await refused(bench, ['auth', '-a', 'http://127.0.0.1:1'], 3, /refused/, /curl/);
    const garbage = createServer((socket) => socket.end('SSH-2.0-nonsense\r\n\r\n'));
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void garbage.close());
    const { port } = garbage.address() as { port: number };
    await refused(bench, ['auth', '-a', `http://127.0.0.1:${port}`], 7, /cannot be read/, /curl/);
    await refused(
      bench,
      ['auth', '-a', `https://127.0.0.1:${port}`],
      3,
      /no trusted connection|cannot be reached/,
      /./,
    );
  });

  it('a certificate of an unknown authority is refused, of a named one accepted', async () => {
    const authority = await createLocalAuthority();
    const bench = await computeBench({ tls: authority });
    await refused(bench, ['auth'], 3, /unknown authority/, /--ca-bundle FILE or OPC_CA_BUNDLE/, {
      env: { ...bench.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    const bundle = writeFileWithMode(join(bench.home, 'ca.pem'), authority.certificatePem, 0o644);
    expect((await bench.run(['auth', '--ca-bundle', bundle])).status).toBe(0);
    expect((await bench.run(['auth'], { env: { ...bench.env, OPC_CA_BUNDLE: bundle } })).status).toBe(0);
  });

  it('a refresh without extension, and one with the old expiry, are no success', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    const before = (await bench.run(['status', '-f', 'json'])).stdout;
    bench.pass(60_000);
    for (const cookie of ['none', 'same-expiry'] as const) {
      bench.service.faults.once('/refresh/', { cookie });
      await refused(bench, ['refresh_token'], 5, /did not extend the token/, /log in/);
    }
    expect(JSON.parse((await bench.run(['status', '-f', 'json'])).stdout).tokenExpiresAt).toBe(
      JSON.parse(before).tokenExpiresAt,
    );
  });
});

describe('the cookies file', () => {
  const jar = (session: unknown, cookies: unknown = [{ key: 'nimbula', value: 'x' }]) =>
    JSON.stringify({ cookies, session });
  const session = {
    schemaVersion: 1,
    endpoint: 'https://other.example',
    user: '/other/user',
    startedAt: '2026-01-01T00:00:00Z',
    issuedAt: '2026-01-01T00:00:00Z',
    tokenExpiresAt: '2026-01-01T00:30:00Z',
    sessionExpiresAt: '2026-01-01T03:00:00Z',
  };

  it.each([
    ['empty', '', 0o600, 4, /is damaged: it is empty/, /^set it aside and log in: mv /],
    ['no JSON', '{"cookies": [', 0o600, 4, /not JSON/, /mv /],
    ['not text', Buffer.from([0xff, 0xfe, 0x00]), 0o600, 4, /not JSON/, /mv /],
    ['huge', 'x'.repeat(70_000), 0o600, 4, /larger than 64 KiB/, /mv /],
    [
      'a plain jar',
      '{"version":"tough-cookie@6.1.0","cookies":[]}',
      0o600,
      4,
      /not a cookies file of this program/,
      /--cookie-file/,
    ],
    ['another session', jar(session), 0o600, 4, /holds the session of \/other\/user/, /--cookie-file/],
    ['newer', jar({ schemaVersion: 2 }), 0o600, 4, /newer version/, /npm install/],
    ['a flood of nulls', jar(session, Array(8000).fill(null)), 0o600, 4, /no usable cookie/, /mv /],
    [
      'a flood of cookies',
      jar(session, [...Array(60).fill({ key: 'a', value: 'b' }), { key: 'nimbula', value: 'x' }]),
      0o600,
      4,
      /no usable cookie/,
      /mv /,
    ],
    ['two tokens', jar(session, Array(2).fill({ key: 'nimbula', value: 'b' })), 0o600, 4, /no usable cookie/, /mv /],
    [
      'a token with a line break',
      jar(session, [{ key: 'nimbula', value: 'a\nb' }]),
      0o600,
      4,
      /no usable cookie/,
      /mv /,
    ],
    ['without times', jar({ ...session, tokenExpiresAt: 'soon' }), 0o600, 4, /times cannot be read/, /mv /],
    [
      'polluting',
      '{"__proto__": {"session": {}}, "cookies": [], "session": {"__proto__": []}}',
      0o600,
      4,
      /damaged/,
      /mv /,
    ],
    ['nested deeply', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 0o600, 4, /not a cookies file|not JSON/, /./],
    ['readable by others', jar(session), 0o644, 2, /can be read by others \(mode 0644\)/, /chmod 600/],
  ])('%s is refused and kept', async (_, content, mode, status, message, hint) => {
    const bench = await computeBench();
    const path = writeFileWithMode(join(bench.home, 'jar.json'), content, mode);
    const before = readFileSync(path);
    for (const command of ['auth', 'refresh_token']) {
      await refused(bench, [command, '--cookie-file', path], status, message, hint);
    }
    const shown = await bench.run(['status', '--cookie-file', path]);
    expect(shown).toMatchObject({ status, stdout: '' });
    expect((await bench.run(['logout', '--cookie-file', path])).status).toBe(status);
    expect(readFileSync(path)).toEqual(before);
    expect(bench.service.requests).toHaveLength(0);
  });

  it('in a folder that cannot be written is an error before anything is lost', async () => {
    const bench = await computeBench();
    writeFileSync(join(bench.home, 'file'), '');
    await refused(
      bench,
      ['auth', '--cookie-file', join(bench.home, 'file', 'jar.json')],
      2,
      /cannot be written/,
      /ls -ld/,
    );
    chmodSync(bench.home, 0o700);
  });
});
