import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MINUTE, NOON } from '../support/compute.js';
import { HOUR, ociBench } from '../support/oci.js';
import { filesBelow } from '../support/temporary-home.js';

const local = (instant: number) => {
  const time = new Date(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
};

describe('session validate', () => {
  it('says Oracle’s line on stderr, and what it leaves out on the next', async () => {
    const { run, addSession } = await ociBench();
    await addSession();
    const expected = {
      status: 0,
      stdout: '',
      stderr: `Session is valid until ${local(NOON + HOUR)}\noci: token expires in 1 h, 2026-03-01 13:00:00 UTC; session expires in 24 h, 2026-03-02 12:00:00 UTC\n`,
    };
    expect(await run(['session', 'validate', '--profile', 'TokenDemo'])).toEqual(expected);
    expect(await run(['session', 'validate', '--profile', 'TokenDemo', '--local'])).toEqual(expected);
  });

  it('asks the service, unless it is told not to, or the session is over', async () => {
    const { run, addSession, service, pass } = await ociBench();
    await addSession();
    await run(['session', 'validate', '--local', '--profile', 'TokenDemo']);
    expect(service.requests).toHaveLength(0);
    await run(['session', 'validate', '--profile', 'TokenDemo']);
    expect(service.requests.map(({ operation }) => operation)).toEqual(['list-regions']);
    pass(HOUR);
    const over = await run(['session', 'validate', '--profile', 'TokenDemo']);
    expect(over).toEqual({
      status: 10,
      stdout: '',
      stderr:
        'oci: the token expired at 2026-03-01 13:00:00 UTC\nlog in: oci session authenticate --profile-name TokenDemo\n',
    });
    expect(service.requests).toHaveLength(1);
  });

  it('tells a refused session from a service that cannot say', async () => {
    const { run, addSession, service } = await ociBench();
    await addSession();
    service.faults.next('list-regions', { kind: 'status', status: 401 });
    const refused = await run(['session', 'validate', '--profile', 'TokenDemo']);
    expect(refused.status).toBe(10);
    expect(refused.stderr).toContain('NotAuthenticated');
    service.faults.always('list-regions', { kind: 'status', status: 500 });
    expect((await run(['session', 'validate', '--profile', 'TokenDemo'])).status).toBe(3);
  });

  it('-f json is one object for programs, without the token', async () => {
    const { run, addSession } = await ociBench();
    const token = await addSession();
    const { stdout, stderr } = await run(['session', 'validate', '--local', '--profile', 'TokenDemo', '-fjson']);
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'TokenDemo', state: 'valid', tokenSecondsLeft: 3600 });
    expect(stderr).toBe('');
    expect(stdout).not.toContain(token);
    expect((await run(['session', 'validate', '-q', '--local', '--profile', 'TokenDemo'])).stderr).toBe('');
  });

  it('finds profile and config file where Oracle’s CLI does, flags first', async () => {
    const { run, addSession, env, home, configFile } = await ociBench();
    await addSession('A');
    const other = join(home, 'other');
    writeFileSync(other, readFileSync(configFile, 'utf8').replace('[A]', '[B]'), { mode: 0o600 });
    const profileOf = async (line: string[], more: Record<string, string> = {}) => {
      const all = ['session', 'validate', '--local', '-f', 'json', ...line];
      const { stdout, stderr } = await run(all, { env: { ...env, ...more } });
      return stdout === '' ? stderr.split('\n')[0] : JSON.parse(stdout).profile;
    };
    expect(await profileOf(['--profile', 'A'])).toBe('A');
    expect(await profileOf(['-profile', 'A', '-config-file', configFile])).toBe('A');
    expect(await profileOf([], { OCI_CLI_PROFILE: 'A' })).toBe('A');
    expect(await profileOf(['--profile', 'B'], { OCI_CLI_PROFILE: 'A' })).toContain('no profile [B]');
    expect(await profileOf(['--profile=B', '--config-file=~/other'])).toBe('B');
    expect(await profileOf(['--config-file', 'other'], { OCI_CLI_PROFILE: 'B' })).toBe('B');
    expect(await profileOf(['--profile', 'B'], { OCI_CLI_CONFIG_FILE: other })).toBe('B');
    writeFileSync(join(home, '.oci', 'oci_cli_rc'), '[OCI_CLI_SETTINGS]\ndefault_profile = A\n');
    expect(await profileOf([])).toBe('A');
    writeFileSync(join(home, 'rc'), '[OCI_CLI_SETTINGS]\ndefault_profile = B\n');
    expect(await profileOf(['--cli-rc-file', 'rc'], { OCI_CLI_CONFIG_FILE: other })).toBe('B');
    expect(await profileOf(['--defaults-file', 'rc'], { OCI_CLI_CONFIG_FILE: other })).toBe('B');
  });

  it('takes token and key from variables alone, without a config file', async () => {
    const { run, addSession, env, home, configFile } = await ociBench();
    await addSession('A');
    rmSync(configFile);
    const folder = join(home, '.oci', 'sessions', 'A');
    const variables = {
      OCI_CLI_SECURITY_TOKEN_FILE: join(folder, 'token'),
      OCI_CLI_KEY_FILE: join(folder, 'oci_api_key.pem'),
    };
    expect((await run(['session', 'validate'], { env })).status).toBe(4);
    expect((await run(['session', 'validate'], { env: { ...env, ...variables } })).status).toBe(0);
  });

  it('says that a private key is open to others, and closes it with the next write', async () => {
    const { run, addSession, home, pass } = await ociBench();
    await addSession('T');
    const key = join(home, '.oci', 'sessions', 'T', 'oci_api_key.pem');
    chmodSync(key, 0o644);
    const warning = `${key} has mode 644; make it yours alone: chmod 600 ${key}`;
    for (const command of ['validate --local', 'env', 'export --output-file x', 'refresh']) {
      pass(60_000);
      const { stderr } = await run(['session', ...command.split(' '), '--profile', 'T']);
      expect(stderr.split('\n').filter((line) => line.includes(warning))).toHaveLength(1);
    }
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('leaves a key that is kept elsewhere as it is, and says so', async () => {
    const { run, addSession, home, configFile, pass } = await ociBench();
    await addSession('T');
    const [own, key] = [join(home, '.oci', 'sessions', 'T', 'oci_api_key.pem'), join(home, 'key.pem')];
    renameSync(own, key);
    chmodSync(key, 0o640);
    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace(own, key));
    pass(60_000);
    const { status, stderr } = await run(['session', 'refresh', '--profile', 'T']);
    expect([status, stderr]).toEqual([0, expect.stringContaining(`${key} has mode 640`)]);
    expect(statSync(key).mode & 0o777).toBe(0o640);
  });

  it('warns of files that others may read, once each, unless told not to', async () => {
    const { run, addSession, env, configFile } = await ociBench();
    await addSession();
    chmodSync(configFile, 0o644);
    const line = ['session', 'validate', '--local', '--profile', 'TokenDemo'];
    // While the command of exec runs, its session is read again.
    for (const each of [line, ['session', 'exec', '--profile', 'TokenDemo', '--', 'true']]) {
      const { stderr } = await run(each);
      expect(stderr.match(/has mode 644; make it yours alone: chmod 600/g)).toHaveLength(1);
    }
    const silenced = { env: { ...env, OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING: 'True' } };
    expect((await run(line, silenced)).stderr).not.toContain('chmod');
  });

  it.each([
    ['an API key profile', '[X]\nuser=u\n', 'is not a token session', 4],
    [
      'a profile that inherits a token',
      '[DEFAULT]\nsecurity_token_file=/x\n[X]\nkey_file=/y\n',
      'not a token session',
      4,
    ],
    [
      'a token file that is gone',
      '[X]\nsecurity_token_file=/nowhere/t\nkey_file=/nowhere/k\n',
      '/nowhere/t does not',
      10,
    ],
    ['no such profile', '[Y]\n', 'no profile [X]', 4],
    ['a damaged config', '[X]\nwhat is this\n', 'line 2', 4],
  ])('says what is wrong with %s', async (_what, config, message, status) => {
    const { run, configFile, addSession } = await ociBench();
    await addSession('other');
    writeFileSync(configFile, config, { mode: 0o600 });
    const result = await run(['session', 'validate', '--profile', 'X']);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('session refresh', () => {
  it('says Oracle’s line and until when, and keeps the file private', async () => {
    const { run, addSession, storedToken, pass, home } = await ociBench();
    const before = await addSession();
    pass(30 * MINUTE);
    const { status, stdout, stderr } = await run(['session', 'refresh', '--profile', 'TokenDemo']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toBe(
      'Successfully refreshed token\noci: token expires in 1 h, 2026-03-01 13:30:00 UTC; session expires in 23 h 30 min, 2026-03-02 12:00:00 UTC\n',
    );
    expect(storedToken('TokenDemo')).not.toBe(before);
    expect(filesBelow(join(home, '.oci'))).toContain('sessions/TokenDemo/token 600');
  });

  it('-q --min-valid is for cron: silent, and one request when it is due', async () => {
    const { run, addSession, service, pass } = await ociBench();
    await addSession();
    const line = ['session', 'refresh', '-q', '--min-valid', '30m', '--profile', 'TokenDemo'];
    for (let quarter = 0; quarter < 8; quarter += 1) {
      expect(await run(line)).toEqual({ status: 0, stdout: '', stderr: '' });
      pass(15 * MINUTE);
    }
    // At 0:30, 1:00 and 1:30: never with more than half an hour left, never twice for the same token.
    expect(service.counters.refreshes).toBe(3);
  });

  it('never calls it a success when the expiry did not move', async () => {
    const { run, addSession, service, pass, storedToken } = await ociBench();
    const before = await addSession();
    pass(30 * MINUTE);
    service.faults.next('refresh', { kind: 'unchanged-expiry' });
    const { status, stderr } = await run(['session', 'refresh', '--profile', 'TokenDemo']);
    expect(status).toBe(5);
    expect(stderr).toContain('did not extend the token: it still expires at 2026-03-01 13:00:00 UTC');
    expect(stderr).not.toContain('Success');
    expect(storedToken('TokenDemo')).toBe(before);
  });

  it('carries a session through its 24 hours, and then refuses once and clearly', async () => {
    const { run, addSession, service, pass, clock } = await ociBench();
    await addSession();
    const line = ['session', 'refresh', '--min-valid', '30m', '--profile', 'TokenDemo'];
    for (; clock.time < NOON + 23.5 * HOUR; pass(45 * MINUTE)) {
      expect((await run(line)).status, new Date(clock.time).toISOString()).toBe(0);
      expect((await run(['session', 'validate', '--profile', 'TokenDemo'])).status).toBe(0);
    }
    clock.time = NOON + 23.95 * HOUR;
    const requests = service.requests.length;
    const soon = await run(line);
    expect(soon.status).toBe(10);
    expect(soon.stderr).toContain('ends with its session at 2026-03-02 12:00:00 UTC');
    const plain = await run(['session', 'refresh', '--profile', 'TokenDemo']);
    expect(plain.status).toBe(0);
    expect(plain.stderr).toContain('already lasts as long as its session');
    clock.time = NOON + 24 * HOUR;
    for (const command of ['refresh', 'validate']) {
      expect(await run(['session', command, '--profile', 'TokenDemo'])).toEqual({
        status: 10,
        stdout: '',
        stderr:
          'oci: the 24-hour session ended at 2026-03-02 12:00:00 UTC\nlog in: oci session authenticate --profile-name TokenDemo\n',
      });
    }
    expect(service.requests).toHaveLength(requests);
  });

  it('asks for the passphrase of an encrypted key where someone can answer', async () => {
    const { run, logIn, env, pass, service } = await ociBench();
    const flags = ['--profile-name', 'P', '--use-passphrase'];
    expect((await logIn(flags, { env: { ...env, OCI_CLI_PASSPHRASE: 'open sesame' } })).status).toBe(0);
    pass(30 * MINUTE);
    const line = ['session', 'refresh', '--profile', 'P'];
    const nobody = await run(line);
    expect(nobody.status).toBe(4);
    expect(nobody.stderr).toContain('OCI_CLI_PASSPHRASE');
    expect((await run(line, { answers: ['wrong'] })).status).toBe(4);
    expect(service.counters.refreshes).toBe(0);
    expect((await run(line, { answers: ['open sesame'] })).status).toBe(0);
    expect((await run(['session', 'validate', '--profile', 'P'], { answers: ['open sesame'] })).status).toBe(0);
  });

  it('sends what the line asks for', async () => {
    const { run, addSession, service, env } = await ociBench();
    await addSession();
    const other = { ...env, OCI_CLI_REGION: 'nowhere-else-1' };
    const line = ['session', 'validate', '--profile', 'TokenDemo'];
    const named = await run([...line, '--endpoint', service.url, '--opc-request-id', 'ABC'], { env: other });
    expect(named.status).toBe(0);
    expect(service.requests.at(-1)).toMatchObject({ host: `localhost:${service.port}` });
    expect(service.requests.at(-1)?.headers['opc-request-id']).toBe('ABC');
    expect((await run([...line, '--endpoint', 'what is this'])).status).toBe(4);
    service.faults.always('list-regions', { kind: 'status', status: 503 });
    const before = service.requests.length;
    expect((await run([...line, '--no-retry'])).status).toBe(3);
    expect(service.requests).toHaveLength(before + 1);
  });
});

describe('options of Oracle’s CLI', () => {
  it.each([
    [['--request-id', 'ABC'], 'ABC'],
    [['--opc-client-request-id', 'ABC'], 'ABC'],
    [['--realm-specific-endpoint']],
    [['-i']],
    [['--cli-auto-prompt']],
    [['--raw-output']],
    [['--auth-purpose', 'x']],
    [['--enable-dual-stack', '--enable-propagation']],
    [['--connection-timeout', '9', '--read-timeout', '60']],
    [['--auth', 'security_token', '--output', 'json']],
  ])('%j is accepted on session, before its words and behind them', async (options, id = '[0-9A-F]{32}') => {
    const { run, addSession, service } = await ociBench();
    await addSession();
    const words = ['session', 'validate', '--profile', 'TokenDemo'];
    for (const line of [
      [...options, ...words],
      [...words, ...options],
    ]) {
      const { status, stderr } = await run(line);
      expect(status, stderr).toBe(0);
      expect(service.requests.at(-1)?.headers['opc-request-id']).toMatch(new RegExp(`^${id}$`));
    }
  });

  it('that there are none of are refused', async () => {
    const { run } = await ociBench();
    expect((await run(['session', 'validate', '--realm-specific-endpoints'])).status).toBe(2);
  });
});

describe('session list', () => {
  it('shows what there is, the active one marked, the broken one as a row', async () => {
    const { run, addSession, home, env, configFile, pass } = await ociBench();
    expect(await run(['session', 'list'])).toEqual({
      status: 0,
      stdout: '',
      stderr: `oci: no sessions in ${configFile}; log in: oci session authenticate\n`,
    });
    const token = await addSession('A');
    pass(55 * MINUTE);
    await addSession('B');
    await addSession('C');
    rmSync(join(home, '.oci', 'sessions', 'C', 'token'));
    const shown = await run(['session', 'list'], { env: { ...env, OCI_CLI_PROFILE: 'B' } });
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | ').trim())).toEqual([
      'PROFILE | STATE | REGION | TOKEN | SESSION',
      '| A | expiring | emu-local-1 | 2026-03-01 13:00:00 UTC, in 5 min | 2026-03-02 12:00:00 UTC, in 23 h 5 min',
      '* B | valid | emu-local-1 | 2026-03-01 13:55:00 UTC, in 1 h | 2026-03-02 12:55:00 UTC, in 24 h',
      '| C | broken (TOKEN_FILE_MISSING) | emu-local-1',
      '',
    ]);
    const json = await run(['session', 'list', '-f', 'json']);
    expect(JSON.parse(json.stdout).list).toMatchObject([
      { profile: 'A', state: 'expiring', tokenSecondsLeft: 300 },
      { profile: 'B', state: 'valid' },
      { profile: 'C', state: 'broken', problem: 'TOKEN_FILE_MISSING' },
    ]);
    expect(json.stdout).not.toContain(token);
    const csv = await run(['session', 'list', '-f', 'csv', '-F', 'profile,state', '-H']);
    expect(csv.stdout).toBe('A,expiring\nB,valid\nC,broken\n');
  });
});

describe('session env', () => {
  it('prints what makes other tools use the session, and false where there is none', async () => {
    const { run, addSession, env, home } = await ociBench();
    await addSession('A');
    const line = ['session', 'env', '--profile', 'A'];
    expect((await run(line)).stdout).toBe("export OCI_CLI_PROFILE='A';\nexport OCI_CLI_AUTH='security_token';\n");
    const config = await run(line, { env: { ...env, OCI_CLI_CONFIG_FILE: '~/.oci/config' } });
    expect(config.stdout).toContain(`OCI_CLI_CONFIG_FILE='${join(home, '.oci', 'config')}'`);
    const fish = await run([...line, '--shell', 'fish']);
    expect(fish.stdout).toContain("set -gx OCI_CLI_AUTH 'security_token'");
    expect(await run(['session', 'env', '--profile', 'B'])).toMatchObject({ status: 4, stdout: 'false\n' });
    expect((await run(['session', 'env', '--profile', 'B', '--shell', 'json'])).stdout).toBe('');
    expect((await run(['session', 'env', '--nonsense'])).stdout).toBe('false\n');
  });
});

describe('iam region list', () => {
  it('prints Oracle’s JSON, or a table', async () => {
    const { run, addSession, env } = await ociBench();
    await addSession();
    const line = ['iam', 'region', 'list', '--profile', 'TokenDemo', '--auth', 'security_token'];
    const plain = await run(line);
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    const data = [
      { key: 'EM1', name: 'emu-local-1' },
      { key: 'EM2', name: 'emu-local-2' },
    ];
    expect(plain.stdout).toBe(`${JSON.stringify({ data }, null, 2)}\n`);
    expect((await run([...line, '--output', 'table'])).stdout).toBe(
      '+-----+-------------+\n| key | name        |\n+-----+-------------+\n| EM1 | emu-local-1 |\n| EM2 | emu-local-2 |\n+-----+-------------+\n',
    );
    expect((await run([...line, '-f', 'csv'])).stdout).toBe('key,name\nEM1,emu-local-1\nEM2,emu-local-2\n');
    const byVariable = { ...env, OCI_CLI_AUTH: 'security_token', OCI_CLI_PROFILE: 'TokenDemo' };
    expect((await run(['iam', 'region', 'list'], { env: byVariable })).stdout).toBe(plain.stdout);
    expect((await run(line, { program: 'oracle-compute' })).stdout).toBe(plain.stdout);
  });

  it('asks nobody for a session that is over', async () => {
    const { run, addSession, service, pass } = await ociBench();
    await addSession();
    pass(HOUR);
    const line = ['iam', 'region', 'list', '--profile', 'TokenDemo', '--auth', 'security_token'];
    expect(await run(line)).toMatchObject({ status: 10, stdout: '' });
    expect(service.requests).toHaveLength(0);
  });

  it('as oracle-compute, refuses another way to authenticate, and queries', async () => {
    const { run, addSession } = await ociBench();
    await addSession();
    const line = ['iam', 'region', 'list', '--profile', 'TokenDemo'];
    const context = { program: 'oracle-compute' as const };
    expect((await run([...line, '--auth', 'api_key'], context)).status).toBe(2);
    expect((await run([...line, '--query', 'data[0]'], context)).stderr).toContain('jq');
    expect((await run(line, context)).status).toBe(0);
  });
});
