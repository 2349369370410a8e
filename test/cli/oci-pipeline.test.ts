import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PipelineWish } from '../../fixtures/oci-service/domain.js';
import { Canaries } from '../support/canaries.js';
import { MINUTE } from '../support/compute.js';
import { HOUR, ociBench } from '../support/oci.js';
import { writeFileWithMode } from '../support/temporary-home.js';

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
    const world = { env: { ...env, ...variables } };
    expect((await run(line, world)).status).toBe(0);
    expect((await run(['session', 'refresh', '--profile', 'CI'], world)).status).toBe(0);
    expect(JSON.stringify(await profile('CI'))).not.toContain(service.domain.clientSecret);
    const other = await run(line, { env: { ...world.env, OCI_TOKEN_EXCHANGE_AUTH: 'mtls' } });
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
    const github = createServer(({ url, headers: { authorization } }, response) => {
      asked.push({ url, authorization });
      response.end(JSON.stringify({ value: service.pipelineToken() }));
    });
    await new Promise<void>((ready) => github.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void github.close());
    const world = {
      env: {
        ...env,
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
      },
    };
    const flags = [...line, '--client-secret-file', secretFile];
    expect((await run(flags, world)).status).toBe(0);
    expect((await run([...flags, '--subject-token-audience', 'acme'], world)).status).toBe(0);
    expect((await run(['session', 'refresh', '--profile', 'CI'], world)).status).toBe(0);
    const audience = encodeURIComponent(service.domain.url);
    expect(asked).toEqual([
      { url: `/token?api-version=2.0&audience=${audience}`, authorization: 'bearer request-token' },
      { url: '/token?api-version=2.0&audience=acme', authorization: 'bearer request-token' },
      { url: '/token?api-version=2.0&audience=acme', authorization: 'bearer request-token' },
    ]);
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
    expect([without.status, without.stderr]).toEqual([
      2,
      expect.stringContaining('the secret of the client is not given'),
    ]);
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
    const { readFileSync } = await import('node:fs');
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
