import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComputeBench, computeBench, MINUTE, tokenIn } from '../support/compute.js';
import { type FakeKeychain, fakeKeychain } from '../support/fake-keychain.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

const JACK = '/Compute-acme/jack.jones@example.com';

interface KeychainBench extends ComputeBench {
  readonly keychain: FakeKeychain;
  /** The name of Jack's entry. */
  readonly entry: string;
}

/** A service and a user who has no password file; the keychain has his password only where a test puts it there. */
async function keychainBench(state: FakeKeychain['state'] = 'open', password?: string): Promise<KeychainBench> {
  const bench = await computeBench();
  const entry = `${JACK} ${bench.service.origin}`;
  const keychain = fakeKeychain(password === undefined ? {} : { [entry]: password });
  keychain.state = state;
  const env = { ...bench.env, OPC_PASSWORD_FILE: undefined };
  return {
    ...bench,
    env,
    entry,
    keychain,
    run: (line, context = {}) => bench.run(line, { env, keychain, ...context }),
  };
}

/** As above, with the service's own password in the keychain. */
async function benchWithPassword(state: FakeKeychain['state'] = 'open'): Promise<KeychainBench> {
  const bench = await keychainBench(state);
  bench.keychain.entries.set(bench.entry, bench.service.password);
  return bench;
}

describe('whose password', () => {
  it('is that of the only stored session, whoever the token in OPC_COOKIE belongs to', async () => {
    const bench = await keychainBench();
    const passwordFile = { ...bench.env, OPC_PASSWORD_FILE: bench.passwordFile };
    expect(await bench.run(['auth', '-q'], { env: passwordFile })).toMatchObject({ status: 0 });
    const env = { OPC_COOKIE: bench.service.issueToken({ user: '/Compute-acme/other' }) };
    expect(await bench.run(['password', 'set'], { env, stdin: 'hers\n' })).toMatchObject({ status: 0, stderr: '' });
    expect([...bench.keychain.entries]).toEqual([[bench.entry, 'hers']]);
  });
});

describe('password set', () => {
  it('asks twice on a terminal, and shows nothing', async () => {
    const bench = await keychainBench();
    const { status, stdout, stderr } = await bench.run(['password', 'set'], { answers: ['pässword', 'pässword'] });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^Password of \/Compute-acme\/jack.*: Password again: /);
    expect(stderr).toMatch(/oracle-compute: the password of .* is in the keychain\n$/);
    expect(stderr).not.toContain('pässword');
    expect([...bench.keychain.entries]).toEqual([[bench.entry, 'pässword']]);
    expect(bench.service.requests).toHaveLength(0);
    expect(filesBelow(bench.home)).toEqual(['.opc 700', '.opc/password 600']);
  });

  it('saves nothing where the two are not the same', async () => {
    const bench = await keychainBench();
    const { status, stderr } = await bench.run(['password', 'set'], { answers: ['one', 'two'] });
    expect(status).toBe(4);
    expect(stderr).toMatch(/the passwords do not match\ntry again\n$/);
    expect(bench.keychain.entries.size).toBe(0);
  });

  it.each([
    ['one line of stdin', ['password', 'set'], 'first line\nsecond line\n', 'first line'],
    ['stdin without a line break', ['password', 'set', JACK], 'only this', 'only this'],
    ['stdin by -', ['password', 'set', JACK, '-'], 'dash\r\n', 'dash'],
    ['stdin by -p -', ['password', 'set', '-p', '-'], 'dash\n', 'dash'],
  ])('takes %s', async (_, line, stdin, password) => {
    const bench = await keychainBench();
    expect(await bench.run(line, { stdin })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect([...bench.keychain.entries]).toEqual([[bench.entry, password]]);
  });

  it.each([
    ['the second argument', (path: string) => [JACK, path]],
    ['-p', (path: string) => ['-p', path]],
  ])('takes the file in %s, even on a terminal', async (_, line) => {
    const bench = await keychainBench();
    const path = writeFileWithMode(join(bench.home, 'pw'), 'from the file\n');
    expect((await bench.run(['password', 'set', ...line(path)], { answers: [] })).status).toBe(0);
    expect([...bench.keychain.entries]).toEqual([[bench.entry, 'from the file']]);
  });

  it('does not take the file that a variable names', async () => {
    const bench = await keychainBench();
    const env = { ...bench.env, OPC_PASSWORD_FILE: bench.passwordFile };
    expect((await bench.run(['password', 'set'], { env, stdin: 'from stdin\n' })).status).toBe(0);
    expect([...bench.keychain.entries]).toEqual([[bench.entry, 'from stdin']]);
  });

  it.each([
    ['nothing on stdin', { stdin: '' }, 4, /standard input is empty/],
    ['an empty line', { stdin: '\n' }, 4, /standard input is empty/],
    ['no text', { stdin: Buffer.from([0xff]) }, 4, /not UTF-8/],
    ['a NUL', { stdin: 'a\0b\n' }, 4, /oracle-compute: /],
    ['an empty answer', { answers: ['', ''] }, 4, /the terminal is empty/],
  ])('refuses %s', async (_, context, status, message) => {
    const bench = await keychainBench();
    const result = await bench.run(['password', 'set'], context);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(bench.keychain.entries.size).toBe(0);
  });

  it('refuses a file that others can read', async () => {
    const bench = await keychainBench();
    const path = writeFileWithMode(join(bench.home, 'pw'), 'x', 0o644);
    expect((await bench.run(['password', 'set', JACK, path])).status).toBe(2);
    expect(bench.keychain.entries.size).toBe(0);
  });

  it.each([
    ['silent', /the keychain did not answer in 3 s/, /unlock it .* or use a password file: -p FILE/],
    ['locked', /no keychain is available: .*locked/, /^unlock it, .* or use a password file: -p FILE/],
    ['unavailable', /no keychain is available: there is no D-Bus session/, /D-Bus.*or use a password file/],
  ] as const)('keeps nothing anywhere where the keychain is %s', async (state, message, hint) => {
    const bench = await keychainBench(state);
    const { status, stdout, stderr } = await bench.run(['password', 'set'], { stdin: 'canary\n' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    const [first, second, end] = stderr.split('\n');
    expect([first, second, end]).toEqual([expect.stringMatching(message), expect.stringMatching(hint), '']);
    expect(stderr).not.toContain('canary');
    expect(filesBelow(bench.home)).toEqual(['.opc 700', '.opc/password 600']);
  });
});

describe('password status', () => {
  it.each([
    ['open', 'secret', 0, 'present', null, null],
    [
      'open',
      undefined,
      2,
      'absent',
      /the keychain has no password for .*, or is locked/,
      /^unlock it, or save it: oracle-compute password set \/Comp/,
    ],
    ['locked', 'secret', 2, 'absent', /the keychain has no password for .*, or is locked/, /^unlock it, or/],
    ['silent', 'secret', 2, 'no-answer', /the keychain did not answer in 3 s/, /unlock/],
    ['unavailable', 'secret', 2, 'unavailable', /no keychain is available/, /D-Bus/],
  ] as const)('%s with %s', async (keychain, password, status, state, message, hint) => {
    const bench = await keychainBench(keychain, undefined);
    if (password) bench.keychain.entries.set(bench.entry, password);
    const json = await bench.run(['password', 'status', '-f', 'json']);
    expect(json).toMatchObject({ status, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({
      endpoint: bench.service.origin,
      user: JACK,
      state,
      message: message && expect.stringMatching(message),
      hint: hint && expect.stringMatching(hint),
    });
    const text = await bench.run(['password', 'status']);
    expect(text).toMatchObject({ status, stderr: '' });
    expect(text.stdout).toMatch(
      password && state === 'present' ? /password {2}in the keychain\n$/ : `password  ${state}: `,
    );
    expect(await bench.run(['password', 'status', '-q'])).toEqual({ status, stdout: '', stderr: '' });
    expect(json.stdout + text.stdout).not.toContain('secret');
  });

  it('has the columns that are asked for', async () => {
    const bench = await keychainBench('open', undefined);
    expect(await bench.run(['password', 'status', '-fcsv', '-Fstate,user', '-H'])).toMatchObject({
      stdout: `absent,${JACK}\n`,
    });
  });

  it('means the stored session where nothing else is said', async () => {
    const bench = await benchWithPassword();
    expect((await bench.run(['auth'])).status).toBe(0);
    const env = { HOME: bench.home };
    expect((await bench.run(['password', 'status'], { env })).stdout).toContain(JACK);
    expect((await bench.run(['password', 'status', '/Compute-acme/other'], { env })).status).toBe(2);
  });

  it('names what is missing where nothing is known', async () => {
    const bench = await keychainBench();
    const { status, stderr } = await bench.run(['password', 'status'], { env: {} });
    expect(status).toBe(2);
    expect(stderr).toMatch(/no endpoint given\ngive -a .* OPC_API/);
  });
});

describe('password delete', () => {
  it('removes the entry, and says when there is none', async () => {
    const bench = await keychainBench();
    bench.keychain.entries.set(bench.entry, 'secret').set('another', 'stays');
    expect(await bench.run(['password', 'delete'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect([...bench.keychain.entries]).toEqual([['another', 'stays']]);
    const again = await bench.run(['password', 'delete']);
    expect(again).toMatchObject({ status: 2, stdout: '' });
    expect(again.stderr).toMatch(
      /the keychain has no password for .*, or is locked\nunlock it, or save it: oracle-compute password set /,
    );
  });

  it('is an error where the keychain is locked', async () => {
    const bench = await benchWithPassword('locked');
    expect((await bench.run(['password', 'delete'])).status).toBe(2);
    expect(bench.keychain.entries.size).toBe(1);
  });
});

describe('a login', () => {
  it('takes the password from the keychain', async () => {
    const bench = await benchWithPassword();
    const { status, stdout, stderr } = await bench.run(['auth']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(tokenIn(stdout)).not.toBe('');
  });

  it.each([
    ['a flag', (bench: KeychainBench) => ({ line: ['auth', '-p', bench.passwordFile], env: bench.env })],
    [
      'a variable',
      (bench: KeychainBench) => ({ line: ['auth'], env: { ...bench.env, OPC_PASSWORD_FILE: bench.passwordFile } }),
    ],
  ])('does not ask the keychain where %s names a file', async (_, given) => {
    const bench = await keychainBench('locked', undefined);
    const { line, env } = given(bench);
    expect((await bench.run(line, { env })).status).toBe(0);
    expect(bench.keychain.reads).toBe(0);
  });

  it('stops where the keychain does not answer, even on a terminal, before any request', async () => {
    const bench = await benchWithPassword('silent');
    for (const context of [{}, { answers: [bench.service.password], stdoutIsTTY: false }]) {
      const { status, stdout, stderr } = await bench.run(['auth'], context);
      expect({ status, stdout }).toEqual({ status: 2, stdout: 'false\n' });
      expect(stderr).toMatch(
        /^oracle-compute: the keychain did not answer in 3 s\nunlock it .*-p FILE or OPC_PASSWORD_FILE\n$/,
      );
    }
    expect(bench.service.requests).toHaveLength(0);
  });

  it.each([
    'open',
    'locked',
    'unavailable',
  ] as const)('asks on a terminal where the keychain is %s and has nothing', async (state) => {
    const bench = await keychainBench(state);
    expect((await bench.run(['auth'], { answers: [bench.service.password] })).status).toBe(0);
  });

  it.each([
    [
      'open',
      /the keychain has none, or is locked$/,
      /-p FILE or OPC_PASSWORD_FILE; or unlock the keychain, or save it: oracle-compute password set \/Comp/,
    ],
    ['unavailable', /no keychain is available: there is no D-Bus session$/, /-p FILE or OPC_PASSWORD_FILE; or -p -/],
  ] as const)('without a terminal says what would help, keychain %s', async (state, message, hint) => {
    const bench = await keychainBench(state);
    const { status, stdout, stderr } = await bench.run(['auth']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'false\n' });
    expect(stderr.split('\n')).toEqual([expect.stringMatching(message), expect.stringMatching(hint), '']);
    expect(bench.service.requests).toHaveLength(0);
  });
});

describe('auth --save-password', () => {
  it('saves the password that the service accepted', async () => {
    const bench = await keychainBench();
    const line = ['auth', JACK, bench.passwordFile, '--save-password'];
    expect(await bench.run(line)).toMatchObject({ status: 0, stderr: '' });
    expect([...bench.keychain.entries]).toEqual([[bench.entry, bench.service.password]]);
  });

  it('saves nothing that the service refused', async () => {
    const bench = await keychainBench();
    const { status, stdout } = await bench.run(['auth', JACK, '-', '--save-password'], { stdin: 'wrong\n' });
    expect({ status, stdout }).toEqual({ status: 10, stdout: 'false\n' });
    expect(bench.keychain.entries.size).toBe(0);
  });

  it('saves nothing by itself', async () => {
    const bench = await keychainBench();
    expect((await bench.run(['auth', JACK, bench.passwordFile])).status).toBe(0);
    expect(bench.keychain.entries.size).toBe(0);
  });

  it.each([
    ['silent', 'KEYCHAIN_NO_ANSWER'],
    ['locked', 'KEYCHAIN_UNAVAILABLE'],
    ['unavailable', 'KEYCHAIN_UNAVAILABLE'],
  ] as const)('loses no session to a keychain that is %s', async (state, code) => {
    const bench = await keychainBench(state);
    const line = ['auth', JACK, bench.passwordFile, '--save-password'];
    const { status, stdout, stderr } = await bench.run(line);
    expect(status).toBe(2);
    const token = tokenIn(stdout);
    expect(stderr).toMatch(/^oracle-compute: logged in, but the password was not saved: .*\n.*-p FILE.*\n$/);
    expect(stderr).not.toContain(bench.service.password);
    expect((await bench.run(['status'])).status).toBe(0);
    bench.pass(MINUTE);
    expect(tokenIn((await bench.run(['refresh_token'])).stdout)).not.toBe(token);

    const json = await bench.run([...line, '--shell', 'sh', '-f', 'json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code } });
    expect(tokenIn(json.stdout)).not.toBe('');
  });
});

describe('refresh_token --reauthenticate', () => {
  it('takes the password from the keychain when the session is over', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.pass(181 * MINUTE);
    const { status, stdout } = await bench.run(['refresh_token', '--reauthenticate']);
    expect(status).toBe(0);
    expect(tokenIn(stdout)).not.toBe('');
    expect(bench.service.logins).toBe(2);
  });

  it.each([
    ['silent', /the keychain did not answer/, /-p FILE or OPC_PASSWORD_FILE/],
    ['locked', /the keychain has none, or is locked/, /-p FILE or OPC_PASSWORD_FILE/],
    ['unavailable', /no keychain is available: there is no D-Bus session/, /-p FILE or OPC_PASSWORD_FILE/],
  ] as const)('keeps the old session and sends nothing where the keychain is %s', async (state, message, hint) => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.pass(181 * MINUTE);
    bench.keychain.state = state;
    const before = bench.service.requests.length;
    const { status, stdout, stderr } = await bench.run(['refresh_token', '--reauthenticate', '-q']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([expect.stringMatching(message), expect.stringMatching(hint), '']);
    expect(bench.service.requests).toHaveLength(before);
  });

  it('does not ask the keychain while the session has room', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    const reads = bench.keychain.reads;
    bench.pass(10 * MINUTE);
    expect((await bench.run(['refresh_token', '--reauthenticate'])).status).toBe(0);
    expect(bench.keychain.reads).toBe(reads);
  });
});

describe.each([
  ['exec', ['exec', '--', 'true']],
  ['request', ['request', 'GET', '/instance/']],
])('%s', (_, line) => {
  it('begins a session that is over anew with the keychain', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.pass(181 * MINUTE);
    expect((await bench.run(line)).status).toBe(0);
    expect(bench.service.logins).toBe(2);
  });

  it('stops where the keychain does not answer', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.pass(181 * MINUTE);
    bench.keychain.state = 'silent';
    const { status, stderr } = await bench.run(line);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^oracle-compute: the keychain did not answer in 3 s\nunlock it/);
  });

  it.each([
    ['unavailable', /^oracle-compute: no login without a password: give -p FILE or OPC_PASSWORD_FILE \(no keychain/],
    ['locked', /^oracle-compute: no login without a password: give -p FILE .*\(the keychain has none, or is locked\)/],
  ] as const)('says what would help where the keychain is %s', async (state, note) => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.pass(181 * MINUTE);
    bench.keychain.state = state;
    const { status, stderr } = await bench.run(line);
    expect(status).toBe(10);
    expect(stderr).toMatch(note);
  });
});

describe('logout --forget-password', () => {
  it('removes session and password', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    expect(await bench.run(['logout', '--forget-password'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(bench.keychain.entries.size).toBe(0);
    expect((await bench.run(['status'])).status).toBe(10);
  });

  it('without the flag leaves the password alone', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    expect((await bench.run(['logout'])).status).toBe(0);
    expect(bench.keychain.entries.size).toBe(1);
  });

  it('removes the session even where there is no keychain, and says that the password stays', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.keychain.state = 'unavailable';
    const { status, stderr } = await bench.run(['logout', '--forget-password']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/no keychain is available/);
    expect((await bench.run(['status'])).status).toBe(10);
  });

  it('says that a keychain which shows no password may be locked, and still have it', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.keychain.state = 'locked';
    const { status, stderr } = await bench.run(['logout', '--forget-password']);
    expect(status).toBe(0);
    expect(stderr).toMatch(/the keychain had no password of .*, or is locked and still has it\n$/);
    expect(bench.keychain.entries.size).toBe(1);
  });

  it('removes the password of a user without a session', async () => {
    const bench = await benchWithPassword();
    expect((await bench.run(['logout', '--forget-password'])).status).toBe(0);
    expect(bench.keychain.entries.size).toBe(0);
    expect((await bench.run(['logout', '--forget-password'])).status).toBe(10);
  });

  it('with --all removes the passwords of all stored sessions, and no others', async () => {
    const bench = await benchWithPassword();
    await bench.run(['auth']);
    bench.keychain.entries.set('/Compute-acme/other https://elsewhere.example.com', 'stays');
    expect((await bench.run(['logout', '--all', '--forget-password'])).status).toBe(0);
    expect([...bench.keychain.entries.values()]).toEqual(['stays']);
  });
});
