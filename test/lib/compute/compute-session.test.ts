import { describe, expect, it } from 'vitest';
import { isOracleComputeError, openSession } from '../../../lib/index.js';
import { computeBench, MINUTE, tokenIn } from '../../support/compute.js';
import { filesBelow } from '../../support/temporary-home.js';

async function bench(options = {}) {
  const compute = await computeBench();
  const { service, home, clock, passwordFile } = compute;
  const session = await openSession({
    endpoint: service.url,
    user: service.user,
    passwordFile,
    home,
    clock,
    env: {},
    ...options,
  });
  return { ...compute, session };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

describe('a session in a program', () => {
  it('begins with the first cookie, and is the commands’ session too', async () => {
    const { session, service, run, home } = await bench();
    expect(await session.status()).toBeUndefined();
    const cookie = await session.cookie();
    expect(service.logins).toBe(1);
    expect(await session.status()).toMatchObject({ valid: true });
    expect(tokenIn((await run(['refresh_token', '--min-valid', '1m'])).stdout)).toBe(cookie);
    expect(filesBelow(home).filter((file) => file.includes('cookies'))).toEqual([
      '.opc/cookies 700',
      expect.stringMatching(/^\.opc\/cookies\/.*\.json 600$/),
    ]);
  });

  it('gives a cookie that lives as long as is asked, by one refresh for many callers', async () => {
    const { session, service, pass } = await bench();
    const first = await session.cookie();
    pass(15 * MINUTE);
    expect(await session.cookie({ minValidSeconds: 14 * 60 })).toBe(first);
    const cookies = await Promise.all(Array.from({ length: 20 }, () => session.cookie({ minValidSeconds: 20 * 60 })));
    expect(new Set(cookies).size).toBe(1);
    expect(service.refreshes).toBe(1);
    expect(cookies[0]).not.toBe(first);
  });

  it('crosses the end of the session with a password, and not without one', async () => {
    const { session, service, pass, home, clock } = await bench();
    await session.login();
    pass(4 * 60 * MINUTE);
    const without = await openSession({ endpoint: service.url, user: service.user, home, clock, env: {} });
    expect(await codeOf(without.cookie())).toBe('SESSION_OVER');
    expect(await codeOf(without.login())).toBe('PASSWORD_MISSING');
    await session.cookie();
    expect(service.logins).toBe(2);
    expect((await without.status())?.valid).toBe(true);
  });

  it('makes requests, and gives any status but 401 as an answer', async () => {
    const { session, service } = await bench({ password: () => 'correct horse battery staple' });
    const answer = await session.request('GET', '/account/Compute-acme/');
    expect(answer.status).toBe(200);
    expect(JSON.parse(Buffer.from(answer.body).toString('utf8'))).toHaveProperty('result');
    expect((await session.request('GET', '/nowhere')).status).toBe(404);
    expect(await codeOf(session.request('GET', '//evil.example/'))).toBe('PATH_MALFORMED');
    expect(await codeOf(session.request('GET', '/instance/.. '))).toBe('PATH_MALFORMED');
    service.faults.once('/instance/Compute-acme/', { status: 401 });
    expect((await session.request('GET', '/instance/Compute-acme/')).status).toBe(200);
  });

  it('ends', async () => {
    const { session } = await bench();
    await session.login();
    expect(await session.logout()).toBe(true);
    expect(await session.logout()).toBe(false);
    expect(await session.status()).toBeUndefined();
  });

  it('is the only stored one where neither address nor user is given', async () => {
    const { session, home, clock, service } = await bench();
    expect(await codeOf(openSession({ home, clock, env: {} }))).toBe('MISSING_VALUE');
    await session.login();
    const found = await openSession({ home, clock, env: {} });
    expect([found.endpoint, found.user]).toEqual([service.origin, service.user]);
    expect(await found.cookie()).toBe(await session.cookie());
  });

  it.each([
    [{ endpoint: 'ftp://x' }, 'ADDRESS_MALFORMED'],
    [{ user: 'jack' }, 'ACCOUNT_MALFORMED'],
  ])('is not opened with %j', async (options, code) => {
    expect(await codeOf(bench(options))).toBe(code);
  });
});
