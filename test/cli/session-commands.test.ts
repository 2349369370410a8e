import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../lib/files/lock.js';
import { computeBench, MINUTE, tokenIn } from '../support/compute.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';
import { jumpingClock } from '../support/test-context.js';

const cookiesFileIn = (home: string) => {
  const folder = join(home, '.opc', 'cookies');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.json')) ?? '');
};

describe('auth', () => {
  it('prints one line and leaves one private file, which tough-cookie reads', async () => {
    const { run, home, service } = await computeBench({}, Date.now());
    const { status, stdout, stderr } = await run(['auth']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const token = tokenIn(stdout);
    expect(filesBelow(home)).toEqual([
      '.opc 700',
      '.opc/cookies 700',
      expect.stringMatching(
        /^\.opc\/cookies\/compute-acme_jack\.jones@example\.com@127\.0\.0\.1_\d+\.[0-9a-f]{8}\.json 600$/,
      ),
      '.opc/password 600',
    ]);
    const file = JSON.parse(readFileSync(cookiesFileIn(home), 'utf8'));
    const jar = CookieJar.deserializeSync(file);
    expect(await jar.getCookieString(`${service.url}refresh/`)).toBe(`nimbula=${token}`);
    expect(file.session).toMatchObject({ endpoint: service.origin, user: service.user, expirySource: 'token' });
    expect(Date.parse(file.session.sessionExpiresAt) - Date.parse(file.session.startedAt)).toBeCloseTo(
      3 * 60 * MINUTE,
      -2,
    );
  });

  it('replaces the previous session of the same user and endpoint', async () => {
    const { run, home, pass } = await computeBench();
    const first = tokenIn((await run(['auth'])).stdout);
    pass(1000);
    const second = tokenIn((await run(['auth'])).stdout);
    expect(second).not.toBe(first);
    expect(readFileSync(cookiesFileIn(home), 'utf8')).toContain(second);
    expect(readdirSync(join(home, '.opc', 'cookies'))).toHaveLength(1);
  });

  it('keeps sessions of other users, and of the same user elsewhere, apart', async () => {
    const users = { '/Compute-acme/jack': 'a', '/Compute-acme/Jack': 'b' };
    const one = await computeBench({ users });
    const two = await computeBench({ users });
    const env = { OPC_PASSWORD_FILE: '-' };
    const lines = [
      { url: one.service.url, user: '/Compute-acme/jack', stdin: 'a' },
      { url: one.service.url, user: '/Compute-acme/Jack', stdin: 'b' },
      { url: two.service.url, user: '/Compute-acme/jack', stdin: 'a' },
    ];
    for (const { url, user, stdin } of lines) {
      expect((await one.run(['auth', '-a', url, user], { env, stdin })).status).toBe(0);
    }
    expect(readdirSync(join(one.home, '.opc', 'cookies'))).toHaveLength(3);
    const several = await one.run(['status'], { env: {} });
    expect(several.status).toBe(2);
    expect(several.stderr).toMatch(
      /3 sessions are stored: (?:\/Compute-acme\/[jJ]ack at http\S+,? ?){3}\nchoose one: -a ADDRESS and -u/,
    );
    const all = JSON.parse((await one.run(['status', '--all', '-f', 'json'], { env: {} })).stdout);
    expect(all.list).toHaveLength(3);
    const alone = await one.run(['status', '-a', two.service.url, '-f', 'json'], { env: {} });
    expect(JSON.parse(alone.stdout)).toMatchObject({ endpoint: two.service.origin, user: '/Compute-acme/jack' });
    expect((await one.run(['logout', '--all'], { env: {} })).status).toBe(0);
    expect(filesBelow(one.home).filter((file) => file.includes('.json'))).toEqual([]);
  });

  it.each([
    ['user', ['-u', '/Compute-acme/other']],
    ['endpoint', ['-a', 'https://other.example']],
  ])('a cookies file of another %s is refused, and kept', async (_, flags) => {
    const { run, home, service } = await computeBench();
    const file = join(home, 'jar.json');
    expect((await run(['auth', '--cookie-file', file])).status).toBe(0);
    const before = readFileSync(file);
    for (const command of ['auth', 'refresh_token', 'status', 'logout']) {
      const refused = await run([command, '--cookie-file', file, ...flags]);
      expect(refused.status).toBe(4);
      expect(refused.stderr).toContain(`holds the session of ${service.user} at ${service.origin}`);
    }
    expect(readFileSync(file)).toEqual(before);
    expect(service.requests).toHaveLength(1);
    expect((await run(['status'], { env: { OPC_COOKIE_FILE: file } })).status).toBe(0);
  });

  it('--no-cookie-file keeps nothing', async () => {
    const { run, home } = await computeBench();
    expect(tokenIn((await run(['auth', '--no-cookie-file'])).stdout)).not.toBe('');
    expect(filesBelow(home)).toEqual(['.opc 700', '.opc/password 600']);
  });

  it('takes its values from the profile file, where nothing stands before it', async () => {
    const { run, home, service } = await computeBench();
    const profile = { compute: { user: service.user, 'password-file': '~/.opc/password', endpoint: service.url } };
    writeFileWithMode(join(home, '.opc', 'profiles', 'default'), JSON.stringify(profile));
    expect((await run(['auth'], { env: {} })).status).toBe(0);
    const elsewhere = await run(['auth'], { env: { OPC_USER: '/Compute-acme/nobody' } });
    expect(elsewhere.status).toBe(10);
    const flag = await run(['auth', '-u', service.user], { env: { OPC_USER: '/Compute-acme/nobody' } });
    expect(flag.status).toBe(0);
  });

  it('reads the older names of its variables where the new ones are unset', async () => {
    const { run, service, passwordFile } = await computeBench();
    for (const prefix of ['OPC_COMPUTE_', 'ORACLE_COMPUTE_']) {
      const env = {
        [`${prefix}API`]: service.url,
        [`${prefix}USER`]: service.user,
        [`${prefix}PASSWORD_FILE`]: passwordFile,
      };
      expect((await run(['auth'], { env: { ...env, OPC_USER: '' } })).status).toBe(0);
      expect((await run(['auth'], { env: { ...env, OPC_USER: '/Compute-acme/nobody' } })).status).toBe(10);
    }
  });

  it('finds paths below the home folder that no shell has expanded', async () => {
    const { run, env, home } = await computeBench();
    const variables = { ...env, OPC_PASSWORD_FILE: '~/.opc/password', OPC_COOKIE_FILE: '~/one.json' };
    expect(await run(['auth', '-q'], { env: variables })).toMatchObject({ status: 0 });
    const options = ['--cookie-file', '~/two.json', '-p', '~/.opc/password'];
    expect(await run(['auth', '-q', ...options])).toMatchObject({ status: 0 });
    expect(filesBelow(home)).toEqual(['.opc 700', '.opc/password 600', 'one.json 600', 'two.json 600']);
  });

  it('reads its options before, after, glued and apart', async () => {
    const { run, service, passwordFile } = await computeBench();
    const { url, user } = service;
    const lines = [
      ['-a', url, 'auth', user, passwordFile],
      [`-a${url}`, 'auth', `-u${user}`, `-p${passwordFile}`],
      ['auth', user, passwordFile, `--address=${url}`],
      ['auth', '--', user, passwordFile],
      ['-da', url, 'auth', user, passwordFile],
    ];
    for (const line of lines) {
      const env = line.includes('--') ? { OPC_API: url } : {};
      expect((await run(line, { env })).status, line.join(' ')).toBe(0);
    }
    // Arguments take precedence over options.
    const both = ['auth', user, passwordFile, '-u', '/Compute-acme/nobody', '-p', '/none'];
    expect(await run(both, { env: { OPC_API: url } })).toMatchObject({ status: 0, stderr: '' });
  });

  it('speaks other syntaxes, and then never says false', async () => {
    const { run } = await computeBench();
    const value = (await run(['auth', '--shell', 'value'])).stdout.trim();
    expect(value).toMatch(/^eyJ[\w=]+$/);
    expect(Object.keys(JSON.parse((await run(['auth', '--shell=json'])).stdout))).toEqual(['OPC_COOKIE']);
    expect(Object.keys(JSON.parse((await run(['auth', '-fjson'])).stdout))).toEqual(['OPC_COOKIE']);
    expect((await run(['auth', '--shell', 'fish'])).stdout).toMatch(/^set -gx OPC_COOKIE /);
    expect((await run(['auth', '--shell', 'powershell'])).stdout).toMatch(/^\$env:OPC_COOKIE = /);
    for (const line of [['--shell', 'json'], ['--shell=value'], ['-f', 'json'], ['--shell', 'cmd']]) {
      expect((await run(['auth', '/bad', ...line])).stdout).toBe('');
    }
    for (const shell of ['sh', 'bash', 'zsh', 'ksh', 'fish', 'csh', 'tcsh']) {
      expect((await run(['auth', '/bad', '--shell', shell])).stdout).toBe('false\n');
    }
    expect((await run(['auth', '/bad'], { stdoutIsTTY: true })).stdout).toBe('');
  });

  it('reports errors as one object with -f json', async () => {
    const { run } = await computeBench();
    const { status, stdout, stderr } = await run(['auth', '/bad', '-f', 'json']);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'ACCOUNT_MALFORMED',
        message: expect.stringContaining('/customer/name'),
        hint: expect.stringContaining('/Compute-acme/'),
      },
    });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('keeps a help page away from eval', async () => {
    const { run } = await computeBench();
    const piped = await run(['auth', '--help']);
    expect(piped).toMatchObject({ status: 0, stdout: '' });
    expect(piped.stderr).toContain('oracle-compute auth [username] [passwordfile]');
    const read = await run(['auth', '-h'], { stdoutIsTTY: true });
    expect(read.stdout).toContain('Exit status:');
    expect((await run(['status', '--help'])).stdout).toContain('--min-valid');
  });
});

describe('OPC_COOKIE', () => {
  it.each([
    ['bare', (token: string) => token],
    ['as the REST manual has it', (token: string) => `nimbula=${token}; Path=/; Max-Age=1800`],
    ['with its name', (token: string) => `nimbula=${token}`],
  ])('is refreshed in place of the stored token, and never written: %s', async (_, form) => {
    const { run, service, home, env, pass } = await computeBench();
    const stored = tokenIn((await run(['auth'])).stdout);
    const before = readFileSync(cookiesFileIn(home));
    const other = service.issueToken();
    pass(MINUTE);
    const { status, stdout } = await run(['refresh_token'], { env: { ...env, OPC_COOKIE: form(other) } });
    expect(status).toBe(0);
    expect(tokenIn(stdout)).not.toBe(stored);
    expect(tokenIn(stdout)).not.toBe(other);
    expect(readFileSync(cookiesFileIn(home))).toEqual(before);
    expect(before.toString()).not.toContain(other);
  });

  it('that has expired is refused, and both ways out are named', async () => {
    const { run, service, env, pass } = await computeBench();
    await run(['auth']);
    const token = service.issueToken();
    pass(31 * MINUTE);
    const late = await run(['refresh_token'], { env: { ...env, OPC_COOKIE: token } });
    expect(late).toMatchObject({ status: 10, stdout: 'false\n' });
    expect(late.stderr).toMatch(/the token expired at 2026-03-01 12:(29:59|30:00) UTC/);
    expect(late.stderr).toMatch(/unset OPC_COOKIE.*or log in/);
    expect(service.refreshes).toBe(0);
    for (const line of [['status'], ['env'], ['exec', '--', 'true']]) {
      expect((await run(line, { env: { ...env, OPC_COOKIE: token } })).status, line.join(' ')).toBe(10);
    }
    // A new token could not be put into the variable.
    expect(service.logins).toBe(1);
  });

  it('goes to no endpoint that was not named, except the one that issued it', async () => {
    const { run, service, pass } = await computeBench();
    const token = tokenIn((await run(['auth'])).stdout);
    pass(1000);
    expect((await run(['refresh_token'], { env: { OPC_COOKIE: token } })).status).toBe(0);
    const unknown = await run(['refresh_token'], {
      env: { OPC_COOKIE: service.issueToken({ user: '/Compute-acme/other' }) },
    });
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('no endpoint given');
    expect(service.refreshes).toBe(1);
  });

  it('that cannot be decoded is refreshed; its times are not known', async () => {
    const { run, service, env } = await computeBench();
    service.faults.always('/authenticate/', { cookie: 'opaque' });
    service.faults.always('/refresh/', { cookie: 'opaque' });
    const token = tokenIn((await run(['auth', '--no-cookie-file'])).stdout);
    const context = { env: { ...env, OPC_COOKIE: token } };
    expect(JSON.parse((await run(['status', '-f', 'json'], context)).stdout)).toMatchObject({
      state: 'unknown',
      tokenExpiresAt: null,
    });
    expect(tokenIn((await run(['refresh_token'], context)).stdout)).not.toBe(token);
  });

  it('of the Oracle Cloud Machine, raw JSON, works too', async () => {
    const { run, env, pass, service } = await computeBench({ dialect: 'machine' });
    const statement = (await run(['auth', '--shell', 'value', '--no-cookie-file'])).stdout.trim();
    expect(statement).toMatch(/^\{"identity"/);
    pass(MINUTE);
    const { status, stdout } = await run(['refresh_token', '--shell', 'value'], {
      env: { ...env, OPC_COOKIE: statement },
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\{"identity"/);
    expect(service.refreshes).toBe(1);
  });
});

describe('status', () => {
  it('shows the fields of the contract as JSON, and no secret', async () => {
    const { run, service, home, pass } = await computeBench();
    const token = tokenIn((await run(['auth'])).stdout);
    pass(10 * MINUTE);
    const { status, stdout } = await run(['status', '-f', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      endpoint: service.origin,
      user: service.user,
      source: cookiesFileIn(home),
      cookieFile: cookiesFileIn(home),
      state: 'valid',
      tokenExpiresAt: expect.stringMatching(/^2026-03-01T12:(29:59|30:00)/),
      tokenSecondsLeft: expect.toSatisfy((left: number) => left >= 1199 && left <= 1200),
      sessionExpiresAt: expect.stringMatching(/^2026-03-01T1(4:59:59|5:00:00)/),
      sessionSecondsLeft: expect.toSatisfy((left: number) => left >= 10_199 && left <= 10_200),
    });
    expect(stdout).not.toContain(token);
  });

  it('shows two bars on a terminal, and none in a pipe', async () => {
    const { run, pass, env } = await computeBench();
    await run(['auth']);
    pass(15 * MINUTE);
    const shown = (await run(['status'], { stdoutIsTTY: true, columns: 100, env: { ...env, LANG: 'C.UTF-8' } })).stdout;
    expect(shown.match(/[█░]{24}/g)).toEqual(['█'.repeat(12) + '░'.repeat(12), '█'.repeat(22) + '░'.repeat(2)]);
    expect(shown).toContain('in 15 min, 2026-03-01 12:30:00 UTC');
    const piped = (await run(['status'], { env: { ...env, LANG: 'C.UTF-8' } })).stdout;
    expect(piped).toMatch(/^token {7}until 2026-03-01 12:30:00 UTC, in 15 min$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there are none
    expect(piped).not.toMatch(/[█░\u001b]/);
  });

  it('has the formats, fields and headings of the original', async () => {
    const { run, service } = await computeBench();
    await run(['auth']);
    expect((await run(['status', '-fcsv', '-Fuser,state'])).stdout).toBe(`user,state\n${service.user},valid\n`);
    expect((await run(['status', '-f', 'tabbed', '-F', 'state,user', '-H'])).stdout).toBe(`valid\t${service.user}\n`);
    expect((await run(['-ftable', '-Fstate', 'status'])).stdout).toBe('STATE\nvalid\n');
    const unknown = await run(['status', '-F', 'colour']);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('no field "colour"');
  });

  it('says when nothing is stored, and when too little is left', async () => {
    const { run, pass } = await computeBench();
    expect(await run(['status'])).toMatchObject({ status: 10, stdout: 'no stored session\n' });
    expect(JSON.parse((await run(['status', '-f', 'json'])).stdout)).toMatchObject({ state: 'no-session', user: null });
    await run(['auth']);
    pass(15 * MINUTE);
    expect((await run(['status', '--min-valid', '10m', '-q'])).status).toBe(0);
    expect(await run(['status', '--min-valid', '20m', '-q'])).toEqual({ status: 10, stdout: '', stderr: '' });
  });

  it('--all lists a damaged file as a row', async () => {
    const { run, home } = await computeBench();
    await run(['auth']);
    writeFileWithMode(join(home, '.opc', 'cookies', 'zzz.json'), '{');
    writeFileSync(join(home, '.opc', 'cookies', 'notes.txt'), 'not a session');
    const { status, stdout } = await run(['status', '--all', '-f', 'json']);
    expect(JSON.parse(stdout).list.map((row: { state: string }) => row.state)).toEqual([
      'valid',
      'COOKIES_FILE_CORRUPT',
    ]);
    expect(status).toBe(4);
  });
});

describe('refresh_token', () => {
  it.each([
    ['1s', '15 s'],
    ['10s', '20 s'],
    ['1m', '120 s'],
  ])('with --timeout %s waits %s for another process, which may need its own time limit', async (timeout, waited) => {
    const { run, home, clock } = await computeBench();
    expect((await run(['auth'])).status).toBe(0);
    const path = cookiesFileIn(home);
    const { status, stderr } = await withLock(path, { clock, wait: 0 }, () =>
      run(['refresh_token', '--timeout', timeout], { clock: jumpingClock(clock) }),
    );
    expect(status).toBe(75);
    expect(stderr).toContain(`has held ${path} for ${waited}`);
  });
});

describe('logout', () => {
  it('removes the session and nothing else', async () => {
    const { run, home } = await computeBench();
    await run(['auth']);
    expect(await run(['logout'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(filesBelow(home)).toEqual(['.opc 700', '.opc/cookies 700', '.opc/password 600']);
    expect(await run(['logout'])).toMatchObject({ status: 10, stdout: '' });
    expect((await run(['logout', '--all'])).status).toBe(0);
    expect((await run(['refresh_token'])).status).toBe(10);
  });
});

describe('auth at a terminal', () => {
  it('prints no token that nothing takes, and says how to set it', async () => {
    const { run, env, home } = await computeBench();
    const { status, stdout, stderr } = await run(['auth'], { answers: [] });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr.split('\n').slice(1)).toEqual([
      'oracle-compute: for other programs, set OPC_COOKIE in this shell: eval "$(oracle-compute env)"',
      '',
    ]);
    expect(readFileSync(cookiesFileIn(home), 'utf8')).toContain('nimbula');
    const given = ['auth', env.OPC_USER ?? '', '--profile-directory', '~/a b'];
    expect((await run(given, { answers: [] })).stderr).toContain(
      `eval "$(oracle-compute env --user ${env.OPC_USER} --profile-directory '~/a b')"`,
    );
    expect((await run(['auth', '-q'], { answers: [] })).stderr).toBe('');
  });

  it.each([
    [['--shell', 'value']],
    [['--shell', 'sh']],
    [['-f', 'json']],
    [['--no-cookie-file']],
  ])('prints the token with %j', async (flags) => {
    const { run } = await computeBench();
    expect((await run(['auth', ...flags], { answers: [] })).stdout).toContain('eyJ');
  });

  it('asks once more after a wrong password, and sends no password twice', async () => {
    const bench = await computeBench();
    const sent = () => bench.service.requests.map(({ status }) => status);
    const login = (...answers: string[]) => bench.run(['auth', '-p', '-'], { answers, stdoutIsTTY: false });
    const { status, stdout, stderr } = await login('wrong', bench.service.password);
    expect([status, sent()]).toEqual([0, [401, 204]]);
    expect(tokenIn(stdout)).not.toBe('');
    expect(stderr).toMatch(/refused.*; try once more\nPassword of /);
    expect(await login('wrong', 'wrong')).toMatchObject({ status: 10, stdout: 'false\n' });
    expect(await login('wrong', 'false', bench.service.password)).toMatchObject({ status: 10 });
    expect(sent()).toEqual([401, 204, 401, 401, 401]);
  });

  it('asks no second time for a password from a file, a pipe or the keychain', async () => {
    const bench = await computeBench();
    const { requests } = bench.service;
    writeFileWithMode(bench.passwordFile, 'wrong');
    expect((await bench.run(['auth'], { answers: [bench.service.password] })).status).toBe(10);
    expect((await bench.run(['auth', '-p', '-'], { stdin: `wrong\n${bench.service.password}\n` })).status).toBe(10);
    expect(requests).toHaveLength(2);
  });
});

describe('the program itself', () => {
  it('says its version and its commands', async () => {
    const { run } = await computeBench();
    expect((await run(['--version'])).stdout).toBe('0.0.0-test\n');
    const help = await run([]);
    expect(help.status).toBe(0);
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await run(['--help'])).stdout).toBe(help.stdout);
    expect(await run(['--nonsense'])).toMatchObject({ status: 2, stdout: '' });
  });
});
