import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { computeBench, MINUTE, tokenIn } from '../support/compute.js';

const HOUR = 60 * MINUTE;

describe('30 minutes and 3 hours', () => {
  it('a token is refused without a request from the instant of its expiry', async () => {
    const { service, run, pass } = await computeBench();
    expect((await run(['auth'])).status).toBe(0);
    pass(30 * MINUTE - 1000);
    expect((await run(['status'])).status).toBe(0);
    pass(1000);
    const late = await run(['refresh_token']);
    expect(late).toMatchObject({ status: 10, stdout: 'false\n' });
    expect(late.stderr).toMatch(/^oracle-compute: the token expired at 2026-03-01 12:(29|30):\d\d UTC\n/);
    expect(service.refreshes).toBe(0);
    expect((await run(['status'])).status).toBe(10);
  });

  it('a refresh counts from its own moment', async () => {
    const { run, pass } = await computeBench();
    await run(['auth']);
    pass(20 * MINUTE);
    expect((await run(['refresh_token', '-q'])).status).toBe(0);
    pass(29 * MINUTE);
    expect((await run(['status'])).status).toBe(0);
    pass(2 * MINUTE);
    expect((await run(['status'])).status).toBe(10);
  });

  it('in the last half hour the new expiry is the end of the session, and it is said', async () => {
    const { service, run, pass } = await computeBench();
    await run(['auth']);
    for (let minute = 0; minute < 160; minute += 20) {
      pass(20 * MINUTE);
      expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0, stdout: '' });
    }
    const refreshes = service.refreshes;
    const last = await run(['refresh_token']);
    expect(last.status).toBe(0);
    expect(last.stderr).toMatch(/until the end of the session, 2026-03-01 (14:59:59|15:00:00) UTC/);
    // There was nothing left to gain, so nothing was asked.
    expect(service.refreshes).toBe(refreshes);
    pass(20 * MINUTE);
    const over = await run(['refresh_token']);
    expect(over).toMatchObject({ status: 10, stdout: 'false\n' });
    expect(over.stderr).toMatch(/the 3-hour session ended at 2026-03-01 (14:59:59|15:00:00) UTC/);
    expect(service.refreshes).toBe(refreshes);
  });

  it.each([
    ['no-cookie'],
    ['capped-cookie'],
    ['unauthorized'],
  ] as const)('holds whatever the service does at the end of the session: %s', async (atCap) => {
    const { service, run, pass } = await computeBench({ atCap: atCap as never });
    await run(['auth']);
    for (let minute = 0; minute < 150; minute += 25) {
      pass(25 * MINUTE);
      expect((await run(['refresh_token', '-q'])).status).toBe(0);
    }
    pass(29 * MINUTE);
    expect((await run(['status'])).status).toBe(0);
    pass(MINUTE);
    expect((await run(['refresh_token', '-q'])).status).toBe(10);
    expect(service.refreshes).toBe(6);
  });

  it.each([
    ['0', 5],
    ['-1', 5],
    ['99999999', 0],
    ['soon', 0],
    [null, 0],
  ])('a Max-Age of %s does not lengthen anything', async (maxAge, status) => {
    const { service, run, pass } = await computeBench();
    service.faults.always('/authenticate/', { maxAge });
    expect((await run(['auth'])).status).toBe(status);
    if (status !== 0) return;
    pass(30 * MINUTE);
    expect((await run(['status'])).status).toBe(10);
  });

  it.each([
    ['a token that overstates itself', { cookie: 'overstated' } as const],
    ['a token that cannot be decoded', { cookie: 'opaque' } as const],
    ['one that cannot be decoded, with a Max-Age of three hours', { cookie: 'opaque', maxAge: '10800' } as const],
  ])('%s is held to 30 minutes and 3 hours', async (_, fault) => {
    const { service, run, pass } = await computeBench();
    service.faults.always('/authenticate/', fault);
    service.faults.always('/refresh/', fault);
    await run(['auth']);
    pass(30 * MINUTE);
    expect((await run(['refresh_token'])).status).toBe(10);
    await run(['auth']);
    for (let minute = 0; minute < 175; minute += 25) {
      pass(25 * MINUTE);
      expect((await run(['refresh_token', '-q'])).status).toBe(0);
    }
    pass(5 * MINUTE);
    expect((await run(['refresh_token'])).stderr).toContain('the 3-hour session ended');
  });

  it('an undecodable token with a shorter Max-Age ends with it', async () => {
    const { service, run, pass } = await computeBench();
    service.faults.always('/authenticate/', { cookie: 'opaque', maxAge: '300' });
    await run(['auth']);
    pass(5 * MINUTE - 1);
    expect((await run(['status'])).status).toBe(0);
    pass(1);
    expect((await run(['status'])).status).toBe(10);
  });

  it.each([-5 * HOUR, -2 * HOUR, 2 * HOUR, 5 * HOUR])('a local clock wrong by %i ms changes nothing', async (error) => {
    const bench = await computeBench();
    const local = { ...bench.clock, now: () => bench.clock.time + error };
    const run = (line: string[]) => bench.run(line, { clock: local });
    expect((await run(['auth'])).status).toBe(0);
    bench.pass(29 * MINUTE);
    expect((await run(['status'])).status).toBe(0);
    expect((await run(['refresh_token', '-q'])).status).toBe(0);
    bench.pass(500);
    expect((await run(['refresh_token', '-q'])).status).toBe(0);
    bench.pass(29 * MINUTE);
    const status = JSON.parse((await run(['status', '-f', 'json'])).stdout);
    expect(status).toMatchObject({ state: 'valid' });
    expect(status.tokenSecondsLeft).toBeGreaterThan(50);
    expect(status.tokenSecondsLeft).toBeLessThanOrEqual(60);
    bench.pass(61_000);
    expect((await run(['refresh_token', '-q'])).status).toBe(10);
  });

  it('reading the stored jar often does not keep the cookie alive', async () => {
    const start = Date.now();
    const { home, run, service } = await computeBench({}, start);
    await run(['auth']);
    const folder = join(home, '.opc', 'cookies');
    const jar = CookieJar.deserializeSync(readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8'));
    const ends = new Set<number | undefined>();
    for (let reads = 0; reads < 20; reads++) {
      const [cookie] = await jar.getCookies(service.url);
      ends.add(cookie?.expiryTime());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // The library moves the expiry of a Max-Age cookie with every read; ours is absolute.
    expect([...ends]).toEqual([Date.parse(JSON.parse((await run(['status', '-f', 'json'])).stdout).tokenExpiresAt)]);
  });
});

describe('--min-valid', () => {
  it('asks nothing while the token lives longer, and prints the token', async () => {
    const { service, run, pass } = await computeBench();
    const token = tokenIn((await run(['auth'])).stdout);
    pass(19 * MINUTE);
    expect(tokenIn((await run(['refresh_token', '--min-valid', '10m'])).stdout)).toBe(token);
    expect(service.refreshes).toBe(0);
    pass(2 * MINUTE);
    const renewed = tokenIn((await run(['refresh_token', '--min-valid', '10m'])).stdout);
    expect(renewed).not.toBe(token);
    expect(service.refreshes).toBe(1);
  });

  it('with --reauthenticate logs in where the session leaves less', async () => {
    const { service, run, pass } = await computeBench();
    await run(['auth']);
    for (let minute = 0; minute < 175; minute += 25) {
      pass(25 * MINUTE);
      await run(['refresh_token', '-q']);
    }
    expect((await run(['refresh_token', '-q', '--min-valid', '10m'])).status).toBe(0);
    expect(service.logins).toBe(1);
    expect((await run(['refresh_token', '-q', '--min-valid', '10m', '--reauthenticate'])).status).toBe(0);
    expect(service.logins).toBe(2);
  });
});

describe('--reauthenticate', () => {
  it.each([
    ['the token has expired', 31 * MINUTE],
    ['the session is over', 4 * HOUR],
  ])('logs in again when %s', async (_, after) => {
    const { service, run, pass } = await computeBench();
    await run(['auth']);
    pass(after);
    expect((await run(['refresh_token', '-q', '--reauthenticate'])).status).toBe(0);
    expect(service.logins).toBe(2);
    expect((await run(['status'])).status).toBe(0);
  });

  it('logs in where nothing was stored', async () => {
    const { service, run } = await computeBench();
    expect((await run(['refresh_token', '-q', '--reauthenticate'])).status).toBe(0);
    expect(service.logins).toBe(1);
  });
});
