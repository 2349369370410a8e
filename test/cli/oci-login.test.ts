import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../lib/clock.js';
import { OracleComputeError } from '../../lib/errors.js';
import { tokenWith } from '../lib/oci/support/vectors.js';
import { MINUTE } from '../support/compute.js';
import { addressIn, HOUR, handBack, type OciBench, ociBench, visit, visitor } from '../support/oci.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

const portIn = (stderr: string) =>
  Number(new URL(new URL(addressIn(stderr) ?? '').searchParams.get('redirect_uri') ?? '').port);

describe('session authenticate', () => {
  it('without a terminal prints the address, opens nothing, asks nothing, and stores the session', async () => {
    const { logIn, run, home, configFile, service, profile } = await ociBench();
    const opened: string[] = [];
    const openBrowser = async (url: string) => opened.push(url) > 0;
    const { status, stdout, stderr } = await logIn([], { openBrowser });
    expect({ status, stdout, opened }).toEqual({ status: 0, stdout: '', opened: [] });
    expect(stderr).toContain('ssh -L');
    expect(stderr).toContain(`Config written to: ${configFile}\n`);
    expect(stderr).toContain(`oci iam region list --config-file '${configFile}' --profile DEFAULT`.replaceAll("'", ''));
    expect(filesBelow(join(home, '.oci'))).toEqual([
      'config 600',
      'sessions 700',
      'sessions/DEFAULT 700',
      'sessions/DEFAULT/oci_api_key.pem 600',
      'sessions/DEFAULT/oci_api_key_public.pem 600',
      'sessions/DEFAULT/token 600',
    ]);
    const values = await profile('DEFAULT');
    expect(Object.keys(values)).toEqual(['fingerprint', 'key_file', 'tenancy', 'region', 'security_token_file']);
    expect(values).toMatchObject({ region: service.region, tenancy: service.users[0]?.tenancyId });
    expect((await run(['session', 'validate'])).status).toBe(0);
  });

  it('on a terminal asks for everything before the browser opens, and counts down', async () => {
    const { run, env, service, addSession, profile, clock } = await ociBench();
    await addSession('Other');
    let seen = '';
    let askedBefore = '';
    const openBrowser = async (url: string) => {
      askedBefore = seen;
      setTimeout(() => visit(service, url).catch(() => undefined), 1);
      return true;
    };
    const line = ['session', 'authenticate', '--callback-port', '0', '--use-passphrase', '--timeout', '100s'];
    const answers = ['atlantis', service.region, '..', 'New', 'sesame', 'sesame', 'y'];
    const result = await run(line, {
      env: { ...env, OCI_CLI_REGION: undefined },
      answers,
      openBrowser,
      clock,
      onStderr: (soFar) => {
        seen = soFar;
      },
    });
    expect(result.status, result.stderr).toBe(0);
    expect(answers).toEqual([]);
    expect(askedBefore).toMatch(/Region \(number, name, or a part of it\).*Profile \[DEFAULT\]: /s);
    expect(askedBefore).toContain('".." is not a valid profile name');
    expect(askedBefore).toMatch(/^ +1: af-casablanca-1 .*\n +2: /m);
    expect(askedBefore).toContain('"atlantis" is an unknown region');
    expect(askedBefore).toContain('Passphrase for the new key');
    expect(askedBefore).toContain('Write the passphrase to the config file?');
    expect(result.stderr).toContain('\rWaiting for the login, 1:40 left');
    expect(await profile('New')).toMatchObject({ region: service.region, pass_phrase: 'sesame' });
    expect((await run(['session', 'validate', '--profile', 'New'])).status).toBe(0);
  });

  it('takes the defaults that it shows, and no late answer for a pasted address', async () => {
    const { run, env, service, configFile, profile } = await ociBench();
    writeFileWithMode(
      configFile,
      `[DEFAULT]\nuser=u\nfingerprint=f\nkey_file=/k\ntenancy=t\nregion=${service.region}\n`,
    );
    const line = ['session', 'authenticate', '--callback-port', '0'];
    // Enter for the region; DEFAULT is no session, and is not made one; another name; and what the user types on.
    const answers = ['', '', 'n', 'Mine', 'Mine', '12', service.region];
    const options = { env: { ...env, OCI_CLI_REGION: undefined }, answers, onStderr: visitor(service) };
    const { status, stderr } = await run(line, options);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain(
      `Region (number, name, or a part of it) [${service.region}]: Profile [DEFAULT]: [DEFAULT] exists`,
    );
    expect(stderr).not.toMatch(/not the address|still waiting/);
    expect(await profile('Mine')).toMatchObject({ region: service.region });
  });

  it('shows regions in columns that fit, and finds them by a part of their name', async () => {
    const { run, env } = await ociBench();
    const line = ['session', 'authenticate', '--callback-port', '0', '--timeout', '0.2', '--profile-name', 'x'];
    for (const columns of [60, 80, 132]) {
      const answers = ['atlantis', 'MELB'];
      const options = { env: { ...env, OCI_CLI_REGION: '' }, answers, columns };
      const { stderr } = await run(line, options);
      const table = stderr.split('\n').filter((text) => /^ +\d+: /.test(text));
      for (const text of table) expect(text.length).toBeLessThanOrEqual(columns);
      expect(table[0]?.match(/\d+: /g)).toHaveLength(Math.floor(columns / 25));
      expect(new URL(addressIn(stderr) ?? '').hostname).toBe('login.ap-melbourne-1.oraclecloud.com');
    }
    const { stderr } = await run(line, { env: { ...env, OCI_CLI_REGION: '' }, answers: ['us-ash', 'fra'] });
    expect(stderr).toMatch(/\): +\d+: us-ashburn-1 +\d+: us-ashburn-2\n"us-ash" is an unknown region/);
  });

  it('says at once how to complete the login if standard input is empty', async () => {
    const { run } = await ociBench();
    const line = ['session', 'authenticate', '--callback-port', '0', '--timeout', '0.2', '--profile-name', 'x'];
    const { status, stderr } = await run(line);
    expect(status).toBe(10);
    expect(stderr).toMatch(
      /ssh -L \d+:localhost.*Standard input is empty.*\n.*; or start the command at a terminal\.\n/s,
    );
  });

  it('takes a region by its number in the list, or its short key', async () => {
    const { run, env } = await ociBench();
    const line = ['session', 'authenticate', '--callback-port', '0', '--timeout', '0.2', '--profile-name', 'x'];
    const inAddress = async (answer: string) => {
      const { stderr } = await run(line, { env: { ...env, OCI_CLI_REGION: '' }, answers: [answer] });
      return new URL(addressIn(stderr) ?? '').hostname;
    };
    expect(await inAddress('1')).toBe('login.af-casablanca-1.oraclecloud.com');
    expect(await inAddress('fra')).toBe('login.eu-frankfurt-1.oraclecloud.com');
    expect(await inAddress('us-gov-ashburn-1')).toBe('login.us-gov-ashburn-1.oraclegovcloud.com');
  });

  it('names what would have answered, where nobody can', async () => {
    const { run, env, addSession, home } = await ociBench();
    await addSession('Other');
    const before = filesBelow(home);
    const line = ['session', 'authenticate', '--callback-port', '0'];
    const none = { ...env, OCI_CLI_REGION: undefined };
    const said = async (flags: string[], environment = env) => {
      const { status, stdout, stderr } = await run([...line, ...flags], { env: environment });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      return stderr;
    };
    expect(await said([])).toContain('--profile-name NAME or OCI_CLI_PROFILE');
    expect(await said(['--profile-name', 'x'], none)).toContain('give --region us-ashburn-1, or set OCI_CLI_REGION');
    expect(await said(['--profile-name', 'x', '--use-passphrase'])).toContain('OCI_CLI_PASSPHRASE');
    expect(await said(['--profile-name', 'x', '--public-key-file-path', 'k'])).toContain('--no-browser');
    expect(filesBelow(home)).toEqual(before);
  });

  it('replaces a session of the same name, in its region, and keeps what was added by hand', async () => {
    const { logIn, run, env, addSession, storedToken, configFile, profile, pass } = await ociBench();
    const old = await addSession('T');
    writeFileSync(configFile, `${readFileSync(configFile, 'utf8')}compartment-id=c\n# mine\n`);
    pass(MINUTE);
    const result = await logIn([], { env: { ...env, OCI_CLI_REGION: undefined, OCI_CLI_PROFILE: 'T' } });
    expect(result.status, result.stderr).toBe(0);
    expect(storedToken('T')).not.toBe(old);
    expect(await profile('T')).toMatchObject({ 'compartment-id': 'c' });
    expect(readFileSync(configFile, 'utf8')).toContain('# mine\n');
    expect((await run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('replaces what is no session only where somebody says so', async () => {
    const { logIn, run, service, configFile, profile } = await ociBench();
    const config = '[KEYS]\nuser=u\nfingerprint=f\nkey_file=/k\ntenancy=t\nregion=r\n';
    writeFileWithMode(configFile, config);
    const flags = ['--profile-name', 'KEYS'];
    const refused = await logIn(flags);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--force');
    const line = ['session', 'authenticate', '--callback-port', '0', ...flags];
    expect((await run(line, { answers: ['n'] })).status).toBe(2);
    expect(readFileSync(configFile, 'utf8')).toBe(config);
    expect((await run(line, { answers: ['yes'], onStderr: visitor(service) })).status).toBe(0);
    expect(await profile('KEYS')).toMatchObject({ user: 'u', region: service.region });
    writeFileSync(configFile, config);
    expect((await logIn([...flags, '--force'])).status).toBe(0);
  });

  it('puts names into the address, and files where it is told', async () => {
    const { logIn, home, service, run } = await ociBench({ loginMode: 'auto-consent' });
    mkdirSync(join(home, 'elsewhere'));
    const flags = ['--tenancy-name', 'acme', '--identity-provider-name', 'acme-sso', '--profile-name', 'E'];
    const result = await logIn([...flags, '--config-location', '~/elsewhere/c', '--token-location', 'elsewhere/s']);
    expect(result.status, result.stderr).toBe(0);
    const asked = new URL(addressIn(result.stderr) ?? '').searchParams;
    expect([asked.get('tenant'), asked.get('provider')]).toEqual(['acme', 'acme-sso']);
    expect(existsSync(join(home, 'elsewhere', 's', 'E', 'token'))).toBe(true);
    const line = ['iam', 'region', 'list', '--auth', 'security_token', '--profile', 'E'];
    expect((await run([...line, '--config-file', '~/elsewhere/c'])).status).toBe(0);
    expect(service.counters.logins).toBe(1);
  });

  it('finds out what cannot work before anybody logs in', async () => {
    const { run, home, configFile } = await ociBench();
    const failing = async (flags: string[]) => {
      const line = ['session', 'authenticate', '--callback-port', '0', ...flags];
      const { status, stderr } = await run(line);
      expect(addressIn(stderr)).toBeUndefined();
      return { status, stderr };
    };
    expect((await failing(['--profile-name', '../x'])).status).toBe(4);
    expect((await failing(['--region', 'atlantis'])).status).toBe(4);
    expect((await failing(['--token-location', '/a=b'])).status).toBe(4);
    expect((await failing(['--timeout', 'soon'])).status).toBe(4);
    expect((await failing(['--callback-port', 'x'])).status).toBe(2);
    writeFileWithMode(join(home, 'file'), '');
    const blocked = await failing(['--token-location', join(home, 'file', 'sessions')]);
    expect([blocked.status, blocked.stderr]).toEqual([2, expect.stringContaining('file is not a folder')]);
    expect(existsSync(configFile)).toBe(false);
  });
});

describe('a login that comes to nothing', () => {
  /** Runs a login to which `visitor` does something, and expects that the session before it is untouched. */
  async function failing(
    bench: OciBench,
    flags: string[],
    visitor: (port: number, url: string) => Promise<unknown> = async () => undefined,
  ) {
    const before = await bench.addSession('T');
    const files = [filesBelow(bench.home), readFileSync(bench.configFile, 'utf8')];
    let visits: Promise<unknown> | undefined;
    let endTheTime: () => void = () => undefined;
    const timeIsOver = new Promise<void>((resolve) => {
      endTheTime = resolve;
    });
    const onStderr = (soFar: string) => {
      const url = addressIn(soFar);
      if (url !== undefined) visits ??= visitor(portIn(soFar), url).finally(endTheTime);
    };
    const clock: Clock = {
      ...bench.clock,
      now: () => bench.clock.now(),
      // The five minutes of a login are over once the visitor has gone.
      sleep: (time, signal) => (time === 5 * MINUTE ? timeIsOver : systemClock.sleep(time, signal)),
    };
    const line = ['session', 'authenticate', '--callback-port', '0', '--profile-name', 'T', ...flags];
    const result = await bench.run(line, { onStderr, clock });
    await visits;
    expect([filesBelow(bench.home), readFileSync(bench.configFile, 'utf8')]).toEqual(files);
    expect(bench.storedToken('T')).toBe(before);
    return result;
  }

  it('is given up after the time limit: exit 10', async () => {
    const { status, stderr } = await failing(await ociBench(), ['--timeout', '0.3']);
    expect(status).toBe(10);
    expect(stderr).toContain('nobody logged in within 0 s\ntry again, or allow more time: oci session authenticate');
  });

  it('says that it was refused, and is over with its time: exit 10', async () => {
    const bench = await ociBench({ loginMode: 'refuse' });
    const { status, stderr } = await failing(bench, [], (_port, url) => visit(bench.service, url));
    expect(status).toBe(10);
    expect(stderr).toContain('the login was refused: The login was refused. (access_denied)');
  });

  it.each([
    ['for another key', 'other-key', 'not for the key of this login'],
    ['with the nonce of another login', 'other-nonce', 'belongs to another login'],
  ] as const)('takes no token %s, and goes on waiting: exit 10', async (_what, kind, reason) => {
    const bench = await ociBench();
    bench.service.faults.next('authorize', { kind });
    const { status, stderr } = await failing(bench, [], (_port, url) => visit(bench.service, url));
    expect(status).toBe(10);
    expect(stderr).toContain(`${reason}; still waiting for the login`);
  });

  it('goes on waiting when an answer has no token, and takes no planted one', async () => {
    const bench = await ociBench();
    const planted = await bench.service.issueSession();
    const pages: string[] = [];
    const { status } = await failing(bench, [], async (port) => {
      pages.push(await handBack(port, 'token_type=Bearer'), await handBack(port, `security_token=${planted.token}`));
    });
    for (const page of pages) expect(page).toContain('still waiting');
    expect(status).toBe(10);
  });

  it('takes no forged token for its key, no refusal and no token of another user: exit 10', async () => {
    const [user, other] = (await ociBench()).service.users;
    const bench = await ociBench();
    const pages: string[] = [];
    const { status, stderr } = await failing(bench, [], async (port, url) => {
      const jwk = Buffer.from(new URL(url).searchParams.get('public_key') ?? '', 'base64url').toString();
      const forged = tokenWith({ sub: user?.id, tenant: user?.tenancyId, exp: bench.clock.time / 1000 + 60, jwk });
      const real = await bench.service.issueSession({ jwk: JSON.parse(jwk), ...(other && { user: other }) });
      for (const token of [forged, real.token]) pages.push(await handBack(port, `security_token=${token}`));
      pages.push(await handBack(port, 'error=access_denied&error_description=call+555'));
    });
    expect(status).toBe(10);
    expect(pages[0]).toContain('answered 401');
    expect(pages[1]).toContain('it is for another user than the session that it would replace');
    for (const page of pages) expect(page).toContain('still waiting');
    expect(stderr).toContain('the login was refused: call 555 (access_denied)');
  });

  it('replaces the session of another user where --force says so', async () => {
    const bench = await ociBench();
    const [, other] = bench.service.users;
    await bench.addSession('T', other ? { user: other } : {});
    expect((await bench.logIn(['--profile-name', 'T', '--force'])).status).toBe(0);
    expect((await bench.run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('ends at Ctrl-C, and frees its port', async () => {
    const bench = await ociBench();
    const stop = new AbortController();
    let port = 0;
    const onStderr = (soFar: string) => {
      if (addressIn(soFar) === undefined) return;
      port ||= portIn(soFar);
      stop.abort(new OracleComputeError('INTERRUPTED', 'interrupted', { signal: 'SIGINT' }));
    };
    const line = ['session', 'authenticate', '--callback-port', '0'];
    const { status } = await bench.run(line, { onStderr, interruption: stop.signal });
    expect(status).toBe(130);
    expect(existsSync(bench.configFile)).toBe(false);
    await new Promise<void>((free, taken) =>
      connect(port, '127.0.0.1')
        .on('error', () => free())
        .on('connect', taken),
    );
  });

  it('says so at once where the port is taken, by IPv4 or IPv6 alone: exit 2', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const holder = createServer();
      onTestFinished(() => void holder.close());
      await new Promise<void>((ready) => holder.listen(0, host, ready));
      const address = holder.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const { status, stderr } = await failing(await ociBench(), ['--callback-port', String(port)]);
      expect(status).toBe(2);
      expect(stderr).toContain(`port ${port} on this machine is in use\nfind the program: lsof -i :${port}`);
      expect(addressIn(stderr)).toBeUndefined();
    }
  });
});

describe('--no-browser', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  async function withApiKey() {
    const bench = await ociBench();
    const [tenancy, user, fingerprint] = bench.service.addApiKey(publicKey).split('/');
    const keyFile = writeFileWithMode(join(bench.home, 'api.pem'), privateKey);
    const publicFile = writeFileWithMode(join(bench.home, 'api_public.pem'), publicKey);
    const text = `[API]\nuser=${user}\nfingerprint=${fingerprint}\nkey_file=${keyFile}\ntenancy=${tenancy}\n`;
    writeFileWithMode(bench.configFile, text);
    const line = ['session', 'authenticate', '--no-browser', '--profile', 'API', '--profile-name', 'N'];
    return { ...bench, line, keyFile, publicFile };
  }

  it('exchanges an API key for a session of an hour at most', async () => {
    const { run, line, service, pass, profile } = await withApiKey();
    expect((await run([...line, '--session-expiration-in-minutes', '10'])).status).toBe(0);
    expect(service.requests.map(({ operation }) => operation)).toEqual(['generate-upst']);
    expect(await profile('N')).not.toHaveProperty('user');
    expect((await run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
    pass(10 * MINUTE);
    expect((await run(['session', 'refresh', '--profile', 'N'])).status).toBe(10);
    for (const minutes of ['4', '61', 'x']) {
      expect((await run([...line, '--session-expiration-in-minutes', minutes])).status).toBe(4);
    }
  });

  it.each([
    ['another user', { sub: 'ocid1.user.oc1..other' }],
    ['another tenancy', { tenant: 'ocid1.tenancy.oc1..other' }],
  ])('keeps no session for %s than that of the credentials', async (whose, changes) => {
    const { run, line, service, storedToken, profile } = await withApiKey();
    await run(line);
    const [before, noted] = [storedToken('N'), await profile('N')];
    const claims = JSON.parse(Buffer.from(before.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const body = JSON.stringify({ token: tokenWith({ ...claims, jwk: undefined, ...changes }) });
    for (const by of [line, [...line.with(4, 'N'), '--auth', 'security_token']]) {
      service.faults.next('generate-upst', { kind: 'answer', status: 200, body });
      const foreign = await run(by);
      expect([foreign.status, foreign.stderr]).toEqual([5, expect.stringContaining(whose)]);
      expect([storedToken('N'), await profile('N')]).toEqual([before, noted]);
    }
  });

  it('takes its region from the profile whose credentials are exchanged', async () => {
    const { run, line, env, service, configFile, profile } = await withApiKey();
    const unsaid = { env: { ...env, OCI_CLI_REGION: undefined } };
    expect((await run(line, unsaid)).stderr).toContain('no region given');
    writeFileSync(configFile, `${readFileSync(configFile, 'utf8')}region=${service.region}\n`);
    const { status, stderr } = await run(line, unsaid);
    expect(status, stderr).toBe(0);
    expect(await profile('N')).toMatchObject({ region: service.region });
  });

  it('exchanges a living session, and no dead one', async () => {
    const { run, addSession, pass } = await ociBench();
    await addSession('T');
    const line = ['session', 'authenticate', '--no-browser', '--auth', 'security_token', '--profile', 'T'];
    expect((await run([...line, '--profile-name', 'N'])).status).toBe(0);
    expect((await run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
    pass(HOUR);
    expect((await run([...line, '--profile-name', 'M'])).status).toBe(10);
  });

  it('takes a key that stays where it is, if it is told both halves of a pair', async () => {
    const { run, line, publicFile, keyFile, profile, home } = await withApiKey();
    const flags = [...line, '--public-key-file-path', publicFile];
    const half = await run(flags);
    expect([half.status, half.stderr]).toEqual([2, expect.stringContaining('--private-key-file-path')]);
    const { privateKey: other } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const otherFile = writeFileWithMode(join(home, 'other.pem'), other);
    expect((await run([...flags, '--private-key-file-path', otherFile])).status).toBe(4);
    expect((await run([...flags, '--private-key-file-path', keyFile])).status).toBe(0);
    expect(await profile('N')).toMatchObject({ key_file: keyFile });
    expect((await run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
    expect((await run(['session', 'terminate', '--profile', 'N'])).status).toBe(0);
    expect(existsSync(keyFile)).toBe(true);
  });

  it('says what it cannot exchange', async () => {
    const { run, line, env } = await withApiKey();
    expect((await run([...line, '--auth', 'instance_principal'])).status).toBe(2);
    const wrong = await run(line, { env: { ...env, OCI_CLI_AUTH: 'nonsense' } });
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('OCI_CLI_AUTH is "nonsense"')]);
    expect((await run(line.with(-2, '--profile-name').with(-1, '..'))).status).toBe(4);
  });
});
