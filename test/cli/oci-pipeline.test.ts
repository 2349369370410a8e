import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PipelineWish } from '../../fixtures/oci-service/domain.js';
import { createHttpClient } from '../../lib/environment.js';
import { SessionProvider } from '../../lib/oci/session-provider.js';
import { tokenWith } from '../lib/oci/support/vectors.js';
import { Canaries } from '../support/canaries.js';
import { MINUTE } from '../support/compute.js';
import { HOUR, ociBench } from '../support/oci.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { steppedClock } from '../support/test-context.js';

/** A pipeline's machine: the domain and client in files and flags, and its token in a file. */
async function pipeline() {
  const bench = await ociBench();
  const { service, home } = bench;
  const tokenFile = join(home, 'jwt');
  const give = (wish: PipelineWish = {}) => writeFileWithMode(tokenFile, service.pipelineToken(wish), 0o644);
  give();
  const secretFile = writeFileWithMode(join(home, 'secret'), `${service.domain.clientSecret}\n`);
  const client = ['--domain-url', service.domain.url, '--client-id', service.domain.clientId];
  const line = ['session', 'authenticate', '--token-exchange', '--profile-name', 'CI', ...client];
  const files = ['--client-secret-file', secretFile, '--subject-token-file', tokenFile];
  return { ...bench, bench, tokenFile, secretFile, give, line, files, all: [...line, ...files] };
}

/** What a runner of GitHub has in its environment, and a service behind it that answers like this. */
async function gitHub(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  };
}

describe('session authenticate --token-exchange', () => {
  it('makes an ordinary profile, which a refresh renews by exchanging again', async () => {
    const { run, all, service, profile, pass, give, storedToken } = await pipeline();
    expect(await run(all)).toMatchObject({ status: 0, stdout: '' });
    expect(service.requests.map(({ operation }) => operation)).toEqual(['token-exchange']);
    expect((await run(['session', 'validate', '--profile', 'CI'])).status).toBe(0);
    const listed = ['iam', 'region', 'list', '--profile', 'CI', '--auth', 'security_token'];
    expect((await run(listed)).status).toBe(0);
    const noted = await profile('CI');
    expect(noted).toMatchObject({
      token_exchange_domain: service.domain.url,
      token_exchange_client: service.domain.clientId,
    });
    expect(JSON.stringify(noted)).not.toContain(service.domain.clientSecret);
    const refresh = ['session', 'refresh', '--profile', 'CI'];
    for (const age of [30 * MINUTE, 2 * HOUR, 30 * HOUR]) {
      pass(age);
      give();
      const before = storedToken('CI');
      const { status, stderr } = await run(refresh);
      expect([status, stderr]).toEqual([0, expect.stringContaining('Successfully refreshed token')]);
      expect(storedToken('CI')).not.toBe(before);
      expect((await run(['session', 'validate', '--profile', 'CI'])).status).toBe(0);
    }
    expect(service.counters).toMatchObject({ exchanged: 4, refreshes: 0 });
    expect(await run([...refresh, '-q', '--min-valid', '30m'])).toMatchObject({ status: 0, stderr: '' });
    expect(service.counters.exchanged).toBe(4);
  });

  it('is kept by session exec, which speaks only if an exchange fails', async () => {
    const { run, all, service, tokenFile, give, bench } = await pipeline();
    await run(all);
    const clock = steppedClock(bench.clock);
    let stderr = '';
    const pass = async (milliseconds: number) => {
      await vi.waitUntil(() => clock.sleepers === 1, { timeout: 60_000 });
      clock.pass(milliseconds);
      await vi.waitUntil(() => clock.sleepers === 1, { timeout: 60_000 });
    };
    const { status } = await bench.run(['session', 'exec', '-q', '--profile', 'CI', '--', 'job'], {
      clock,
      onStderr: (soFar) => {
        stderr = soFar;
      },
      runChild: async () => {
        for (let time = 0; time < 3 * HOUR; time += 4 * MINUTE) {
          give();
          await pass(4 * MINUTE);
        }
        expect([stderr, service.counters.exchanged > 4]).toEqual(['', true]);
        writeFileSync(tokenFile, 'x.y.z');
        for (let time = 0; time < HOUR; time += 20 * MINUTE) await pass(20 * MINUTE);
        return { status: 0 };
      },
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^oci: the session was not renewed: .+; try again: oci session refresh --profile CI\n$/);
  });

  it('takes Oracle’s own variables', async () => {
    const { run, service, tokenFile, env, profile } = await pipeline();
    const variables = {
      OCI_TOKEN_EXCHANGE_DOMAIN_URL: service.domain.url,
      OCI_TOKEN_EXCHANGE_CLIENT_ID: service.domain.clientId,
      OCI_TOKEN_EXCHANGE_CLIENT_SECRET: service.domain.clientSecret,
      OCI_TOKEN_EXCHANGE_AUTH: 'OAuthClientCredentials',
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: tokenFile,
    };
    const line = ['session', 'authenticate', '--token-exchange', '--profile-name', 'CI'];
    const context = { env: { ...env, ...variables } };
    expect((await run(line, context)).status).toBe(0);
    expect((await run(['session', 'refresh', '--profile', 'CI'], context)).status).toBe(0);
    expect(JSON.stringify(await profile('CI'))).not.toContain(service.domain.clientSecret);
    const other = await run(line, { env: { ...context.env, OCI_TOKEN_EXCHANGE_AUTH: 'mtls' } });
    expect(other.status).toBe(2);
  });

  it('takes the token from standard input, as GitLab’s jobs give it', async () => {
    const { run, line, secretFile, service } = await pipeline();
    const flags = [...line, '--client-secret-file', secretFile, '--subject-token-file', '-'];
    expect((await run(flags, { stdin: `${service.pipelineToken()}\n` })).status).toBe(0);
    expect((await run(flags, { stdin: '' })).status).toBe(4);
  });

  it('asks GitHub for it by itself, for the domain or for another audience', async () => {
    const { run, line, secretFile, service, env } = await pipeline();
    const asked: { url: string | undefined; authorization: string | undefined }[] = [];
    const variables = await gitHub(({ url, headers: { authorization } }, response) => {
      asked.push({ url, authorization });
      response.end(JSON.stringify({ value: service.pipelineToken() }));
    });
    const context = { env: { ...env, ...variables } };
    const flags = [...line, '--client-secret-file', secretFile];
    expect((await run(flags, context)).status).toBe(0);
    expect((await run([...flags, '--subject-token-audience', 'acme'], context)).status).toBe(0);
    expect((await run(['session', 'refresh', '--profile', 'CI'], context)).status).toBe(0);
    const audience = encodeURIComponent(service.domain.url);
    expect(asked).toEqual([
      { url: `/token?api-version=2.0&audience=${audience}`, authorization: 'bearer request-token' },
      { url: '/token?api-version=2.0&audience=acme', authorization: 'bearer request-token' },
      { url: '/token?api-version=2.0&audience=acme', authorization: 'bearer request-token' },
    ]);
  });

  it.each([
    [500, 1, 0, 2],
    [500, 9, 3, 3],
    [503, 9, 3, 3],
    [429, 9, 3, 3],
    [200, 9, 7, 1],
    [403, 9, 2, 1],
  ])('takes a %d of GitHub, %d times, as exit %d after %d requests', async (code, times, status, requests) => {
    const { run, line, secretFile, service, env } = await pipeline();
    let asked = 0;
    const variables = await gitHub((_request, response) => {
      asked += 1;
      const body = asked > times ? { value: service.pipelineToken() } : { message: 'try later' };
      response.writeHead(asked > times ? 200 : code).end(JSON.stringify(body));
    });
    const result = await run([...line, '--client-secret-file', secretFile], { env: { ...env, ...variables } });
    expect([result.status, asked]).toEqual([status, requests]);
    expect(result.stderr.includes('permissions')).toBe(code === 403);
  });

  it('says so if the address of GitHub’s service is none', async () => {
    const { run, line, secretFile, env } = await pipeline();
    const variables = { ACTIONS_ID_TOKEN_REQUEST_URL: 'x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'y' };
    const { status, stderr } = await run([...line, '--client-secret-file', secretFile], {
      env: { ...env, ...variables },
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('ACTIONS_ID_TOKEN_REQUEST_URL')]);
  });

  it.each([
    [401, 'invalid_grant', 'give a new token'],
    [400, 'invalid_grant', 'give a new token'],
    [400, 'invalid_request', 'give a new token'],
    [401, 'invalid_client', '--client-secret-file'],
    [400, 'unauthorized_client', '--client-secret-file'],
    [401, undefined, '--client-secret-file'],
  ])('says after a %d with %s: %s', async (status, error, hint) => {
    const { run, all, service } = await pipeline();
    service.faults.next('token-exchange', { kind: 'answer', status, body: JSON.stringify({ error }) });
    const refused = await run(all);
    expect([refused.status, refused.stderr.split('\n')[1]]).toEqual([10, expect.stringContaining(hint)]);
  });

  it.each([
    ['another user', { sub: 'ocid1.user.oc1..other' }],
    ['another tenancy', { tenant: 'ocid1.tenancy.oc1..other' }],
    ['nobody', { sub: undefined }],
  ])('keeps no token for %s at a renewal', async (_whose, changes) => {
    const { run, all, service, storedToken, pass, give } = await pipeline();
    await run(all);
    const before = storedToken('CI');
    pass(50 * MINUTE);
    give();
    const claims = JSON.parse(Buffer.from(before.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const [iat, exp] = [claims.iat + 3000, claims.exp + 3000];
    const body = JSON.stringify({ token: tokenWith({ ...claims, iat, exp, ...changes }) });
    service.faults.next('token-exchange', { kind: 'answer', status: 200, body });
    const { status, stderr } = await run(['session', 'refresh', '--profile', 'CI', '-f', 'json']);
    expect([status, JSON.parse(stderr).error.code]).toEqual([5, 'TOKEN_FOREIGN']);
    expect(storedToken('CI')).toBe(before);
  });

  it('is not how sessions of others are renewed, in [DEFAULT] neither', async () => {
    const { run, all, service, addSession, configFile, profile } = await pipeline();
    await run(all.with(4, 'DEFAULT'));
    expect(await profile('DEFAULT')).toHaveProperty('token_exchange_domain');
    await addSession('MINE');
    expect(readFileSync(configFile, 'utf8').indexOf('[DEFAULT]')).toBe(0);
    expect((await run(['session', 'refresh', '--profile', 'MINE'])).status).toBe(0);
    expect(service.counters).toMatchObject({ exchanged: 1, refreshes: 1 });
    expect((await run(['session', 'refresh', '--profile', 'DEFAULT'])).status).toBe(0);
    expect(service.counters).toMatchObject({ exchanged: 2, refreshes: 1 });
  });

  it('cuts the line break at the end of a variable, as of a file', async () => {
    const { run, service, tokenFile, env } = await pipeline();
    const variables = {
      OCI_TOKEN_EXCHANGE_DOMAIN_URL: `${service.domain.url}\n`,
      OCI_TOKEN_EXCHANGE_CLIENT_ID: `${service.domain.clientId}\n`,
      OCI_TOKEN_EXCHANGE_CLIENT_SECRET: `${service.domain.clientSecret}\r\n`,
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: tokenFile,
    };
    const line = ['session', 'authenticate', '--token-exchange', '--profile-name', 'CI'];
    expect((await run(line, { env: { ...env, ...variables } })).status).toBe(0);
    const empty = { ...variables, OCI_TOKEN_EXCHANGE_CLIENT_SECRET: '\n' };
    expect((await run(line, { env: { ...env, ...empty } })).status).toBe(2);
  });

  it.each([
    'idcs-x.identity.oraclecloud.com',
    'ftp://x',
    undefined,
  ])('shows what the address of a domain is like: %s', async (url) => {
    const { run, files } = await pipeline();
    const line = ['session', 'authenticate', '--token-exchange', '--profile-name', 'CI', '--client-id', 'x', ...files];
    const { stderr } = await run([...line, ...(url === undefined ? [] : ['--domain-url', url])]);
    expect(stderr.split('\n')[1]).toContain('--domain-url https://idcs-….identity.oraclecloud.com');
    const endpoint = await run(['session', 'refresh', '--endpoint', 'x']);
    expect(endpoint.stderr.split('\n')[1]).toBe('write it like this: --endpoint https://HOST');
  });

  it.each([
    200, 201, 302, 400, 401, 500,
  ])('repeats nothing of an answer that repeats the secrets: %i', async (answered) => {
    const { run, all, give, service, secretFile, tokenFile } = await pipeline();
    give();
    const canaries = new Canaries();
    const [secret = '', token = ''] = [secretFile, tokenFile].map((path) => readFileSync(path, 'utf8').trim());
    canaries.add('secret', secret);
    canaries.add('token', token);
    const said = { error: secret, error_description: `${secret} ${Buffer.from(token).toString('hex')}`, token: secret };
    service.faults.always('any', { kind: 'answer', status: answered, body: JSON.stringify(said) });
    const result = await run([...all, '--debug', '--timeout', '5']);
    expect(result.stderr).toMatch(new RegExp(`^< ${answered}`, 'm'));
    expect(result.status).not.toBe(0);
    canaries.expectNoneIn(result, String(answered));
  });

  it.each<[string, PipelineWish, string]>([
    ['is expired', { expiresAt: 0 }, 'invalid_grant'],
    ['is for another audience', { audience: 'https://other.example' }, 'audience'],
    ['is of an issuer that is not trusted', { issuer: 'https://evil.example' }, 'invalid_grant'],
  ])('refuses a token that %s: exit 10, and nothing is kept', async (_what, wish, words) => {
    const { run, all, give, service } = await pipeline();
    give(wish);
    const { status, stderr } = await run(all);
    expect([status, stderr]).toEqual([10, expect.stringContaining(words)]);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect((await run(['session', 'list', '-f', 'json'])).stdout).toBe('{"list":[]}\n');
    give();
    expect((await run(all)).status).toBe(0);
    const before = (await run(['session', 'list', '-f', 'json'])).stdout;
    give(wish);
    expect((await run(['session', 'refresh', '--profile', 'CI'])).status).toBe(10);
    expect((await run(['session', 'list', '-f', 'json'])).stdout).toBe(before);
    expect(service.counters.exchanged).toBe(1);
  });

  it('says what is wrong with the client, and what is missing', async () => {
    const { run, line, all, secretFile, files, tokenFile, home } = await pipeline();
    writeFileWithMode(secretFile, 'wrong\n');
    const wrong = await run(all);
    expect([wrong.status, wrong.stderr]).toEqual([10, expect.stringContaining('invalid_client')]);
    expect(wrong.stderr).toContain('--client-secret-file');
    const without = await run([...line, '--subject-token-file', tokenFile]);
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining('no client secret given')]);
    const missing = await run([...line, '--client-secret-file', secretFile]);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('--subject-token-file')]);
    const gone = await run([...line, '--client-secret-file', secretFile, '--subject-token-file', join(home, 'no')]);
    expect(gone.status).toBe(2);
    const domain = await run(['session', 'authenticate', '--token-exchange', '--profile-name', 'CI', ...files]);
    expect([domain.status, domain.stderr]).toEqual([2, expect.stringContaining('OCI_TOKEN_EXCHANGE_DOMAIN_URL')]);
    expect((await run([...all, '--no-browser'])).status).toBe(2);
    writeFileWithMode(tokenFile, 'not a token', 0o644);
    expect((await run(all)).status).toBe(4);
  });

  it('shows neither the secret nor the tokens, with --debug neither', async () => {
    const { run, all, service, tokenFile, storedToken } = await pipeline();
    const jwt = readFileSync(tokenFile, 'utf8');
    const { clientId, clientSecret } = service.domain;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    service.faults.next('token-exchange', {
      kind: 'answer',
      status: 400,
      body: JSON.stringify({ error: 'invalid_grant', error_description: `${clientSecret} ${basic} ${jwt}` }),
    });
    const results = [await run([...all, '--debug']), await run([...all, '--debug'])];
    expect(results.map(({ status }) => status)).toEqual([10, 0]);
    const shown = results.map(({ stdout, stderr }) => stdout + stderr).join('');
    // Of a token that is cut off, too, its beginning would tell of the rest.
    for (const secret of [jwt.slice(0, 60), clientSecret, basic, storedToken('CI')])
      expect(shown).not.toContain(secret);
    expect(shown).toContain('/oauth2/v1/token');
  });
});

it('a program that uses the provider goes on once what was missing is back, however long that took', async () => {
  const { run, all, secretFile, give, pass, home, clock, env, service, storedToken } = await pipeline();
  await run(all);
  const http = createHttpClient({
    timeout: 30_000,
    clock,
    certificateAuthorities: service.certificatePem,
    userAgent: 'test',
  });
  const provider = await SessionProvider.open({ home, clock, env, http, profile: 'CI' });
  expect(await provider.getKeyId()).toBe(`ST$${storedToken('CI')}`);
  renameSync(secretFile, `${secretFile}.away`);
  pass(2 * HOUR);
  give();
  await expect(provider.getKeyId()).rejects.toMatchObject({ code: 'PASSWORD_FILE_MISSING' });
  renameSync(`${secretFile}.away`, secretFile);
  expect(await provider.getKeyId()).toBe(`ST$${storedToken('CI')}`);
  expect(service.counters.exchanged).toBe(2);
});
