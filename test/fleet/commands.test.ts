import { join } from 'node:path';
import tls from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { newKeyLine } from '../../lib/store/encryption.js';
import { tokenIn } from '../support/compute.js';
import { type Fleet, type FleetOptions, fleetBench, type Host } from '../support/fleet.js';
import { shiftedClock } from '../support/fleet-use.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';
import { jumpingClock, runLine, type TestContextOptions } from '../support/test-context.js';

const run = ({ home, env }: Host, line: readonly string[], context: Partial<TestContextOptions> = {}) =>
  runLine(line, { home, env, ...context });

const KEEP = ['refresh_token', '--reauthenticate', '--min-valid', '10m'];

async function twoHosts(options: FleetOptions = {}): Promise<{ fleet: Fleet; able: Host; other: Host }> {
  const fleet = await fleetBench(options);
  return { fleet, able: await fleet.host(), other: await fleet.host({ hasPassword: false }) };
}

it('gives one session to the commands of all hosts', async () => {
  const { fleet, able, other } = await twoHosts();
  const token = tokenIn((await run(able, KEEP)).stdout);
  expect(tokenIn((await run(other, ['refresh_token', '--min-valid', '10m'])).stdout)).toBe(token);
  expect(await run(other, ['request', 'GET', '/instance/'])).toMatchObject({ status: 0 });

  const status = JSON.parse((await run(other, ['status', '-f', 'json'])).stdout);
  expect(status).toMatchObject({ state: 'valid', source: fleet.redis.url, user: fleet.service.user });
  expect(status.cookieFile).toContain(join(other.home, '.opc', 'cookies'));
  expect((await run(other, ['status'])).stdout).toContain(`token from  ${fleet.redis.url}\n`);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 0 });
});

it('keeps what auth brings for the others, and lets logout end it for all', async () => {
  const { fleet, able, other } = await twoHosts();
  // --store takes precedence over the variable.
  const elsewhere = { ...able, env: { ...able.env, OPC_SESSION_STORE: 'rediss://opc@127.0.0.1:1' } };
  const token = tokenIn((await run(elsewhere, ['auth', '--store', fleet.redis.url])).stdout);
  expect(tokenIn((await run(other, ['refresh_token', '--min-valid', '1m'])).stdout)).toBe(token);
  expect(await run(able, ['logout'])).toMatchObject({ status: 0 });
  expect(await run(other, ['refresh_token', '--min-valid', '2h'])).toMatchObject({ status: 10 });
  expect(await run(other, ['status'])).toMatchObject({ status: 10 });
});

it('gives a command inside exec the token, and none of the ways to the fleet', async () => {
  const { able } = await twoHosts();
  let seen: Readonly<Record<string, string | undefined>> = {};
  const runChild: TestContextOptions['runChild'] = async (_command, _args, { env }) => {
    seen = env;
    return { status: 0 };
  };
  expect(await run(able, ['exec', '--', 'true'], { runChild })).toMatchObject({ status: 0 });
  expect(seen.OPC_COOKIE).toBeTruthy();
  expect(Object.keys(seen).filter((name) => name.includes('STORE'))).toEqual([]);
  // A command of ours in there finds the newest token in the copy.
  expect(await runLine(['status'], { home: able.home, env: seen })).toMatchObject({ status: 0 });
});

it('waits for a host that can log in', async () => {
  const { fleet, able, other } = await twoHosts();
  expect(await run(other, ['refresh_token', '--wait-session', '100ms'])).toMatchObject({ status: 4 });
  const hurried = { clock: jumpingClock() };
  expect(await run(other, ['refresh_token', '--wait-session', '1s'], hurried)).toMatchObject({ status: 10 });
  const waiting = run(other, ['request', 'GET', '/instance/', '--wait-session', '60s']);
  expect(await run(able, KEEP)).toMatchObject({ status: 0 });
  expect(await waiting).toMatchObject({ status: 0 });
  expect(fleet.service.logins).toBe(1);
});

it('says of each failure what it is, with its status and the next step', async () => {
  const fleet = await fleetBench({ redis: {} });
  const cases: [Host, Readonly<Record<string, string | undefined>>, number, string][] = [
    [await fleet.host({ serverPassword: 'wrong' }), {}, 2, 'OPC_SESSION_STORE_PASSWORD_FILE'],
    [await fleet.host(), { OPC_SESSION_STORE_KEY_FILE: undefined }, 2, 'store key'],
    [await fleet.host(), { OPC_SESSION_STORE_KEY_FILE: '/nowhere' }, 2, '/nowhere'],
    [await fleet.host({ keys: 'x\n' }), {}, 4, 'store key'],
    [await fleet.host(), { OPC_SESSION_STORE: 'redis://192.0.2.1' }, 4, 'rediss://'],
    [await fleet.host(), { OPC_SESSION_STORE: 'rediss://opc:secret@cache.example.com' }, 4, 'PASSWORD_FILE'],
    [await fleet.host(), { OPC_SESSION_STORE: 'https://cache.example.com' }, 4, 'rediss://'],
    [await fleet.host(), { OPC_CA_BUNDLE: undefined }, 3, '--ca-bundle'],
    [await fleet.host(), { OPC_SESSION_STORE: 'rediss://opc@127.0.0.1:1' }, 3, 'store status'],
  ];
  for (const [host, env, status, hint] of cases) {
    const result = await runLine(KEEP, { home: host.home, env: { ...host.env, ...env }, clock: jumpingClock() });
    expect(result).toMatchObject({ status, stdout: 'false\n' });
    expect(result.stderr).toContain(hint);
    expect(result.stderr).not.toContain('secret');
  }
  expect(fleet.service.requests).toEqual([]);

  const able = await fleet.host();
  await run(able, KEEP);
  const stranger = await fleet.host({ keys: `${newKeyLine()}\n` });
  expect(await run(stranger, KEEP)).toMatchObject({ status: 2, stderr: expect.stringContaining('add the key') });
});

it('refuses a key file that others can read', async () => {
  const { able } = await twoHosts();
  writeFileWithMode(able.env.OPC_SESSION_STORE_KEY_FILE ?? '', `${newKeyLine()}\n`, 0o644);
  const { status, stderr } = await run(able, KEEP);
  expect(status).toBe(2);
  expect(stderr).toContain('chmod 600');
});

it('prints a new key each time', async () => {
  const { able } = await twoHosts();
  const keys = await Promise.all([1, 2].map(async () => (await run(able, ['store', 'key'])).stdout));
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}\n$/);
});

it('looks at the store', async () => {
  const { fleet, able } = await twoHosts({ redis: {} });
  await run(able, KEEP);
  await fleet.redis.ask('SET', 'opc:{other}:l', 'x');
  const rows = async (line: readonly string[], host = able, clock = shiftedClock(0)) => {
    const { stdout, status } = await run(host, [...line, '-f', 'json'], { clock });
    const list = (JSON.parse(stdout) as { list: { check: string; state: string; message: string }[] }).list;
    return { status, of: (check: string) => list.find((row) => row.check === check) };
  };
  const good = await rows(['store', 'status']);
  expect(good.status).toBe(0);
  expect(good.of('store')?.message).toMatch(/answers: (?:redis|valkey) \d+\.\d+/);
  for (const check of ['store', 'store tls', 'store clock', 'store key', 'store acl', 'session']) {
    expect(good.of(check)).toMatchObject({ state: 'pass' });
  }
  expect(good.of('lock')?.message).toBe('no process holds the lock of the session');
  expect((await rows(['store', 'status'], able, shiftedClock(610_000))).of('store clock')?.message).toMatch(
    /10 min ahead/,
  );
  // The time of one reply: to connect takes none of it, though it takes a second by this clock.
  let monotonic = 0;
  const connect = tls.connect;
  const slow = vi.spyOn(tls, 'connect').mockImplementation(((...args: Parameters<typeof connect>) => {
    monotonic += 1000;
    return connect(...args);
  }) as typeof connect);
  onTestFinished(() => slow.mockRestore());
  const connecting = await rows(['store', 'status'], able, { ...shiftedClock(0), monotonic: () => monotonic });
  expect(connecting.of('store')?.message).toMatch(/, after 0 ms$/);
  expect(monotonic).toBeGreaterThan(0);
  expect((await rows(['doctor'])).of('store acl')).toMatchObject({ state: 'pass' });

  await fleet.redis.ask('ACL', 'SETUSER', 'opc', '-set', '+scan');
  const poor = await rows(['store', 'status']);
  expect(poor.status).toBe(2);
  expect(poor.of('store acl')).toMatchObject({ state: 'fail' });
  expect(poor.of('sessions')?.message).toBe('the store has 1');
  const stranger = await fleet.host({ keys: `${newKeyLine()}\n` });
  expect((await rows(['store', 'status'], stranger)).of('session')).toMatchObject({ state: 'fail' });
  await fleet.redis.kill();
  expect((await rows(['store', 'status'])).status).toBe(3);
});

it('is not alarmed by an ACL that allows to look and no more', async () => {
  const { fleet, able } = await twoHosts();
  await run(able, KEEP);
  await fleet.redis.ask(
    'ACL',
    'SETUSER',
    'reader',
    'on',
    `>${fleet.redis.password}`,
    '~opc:*',
    '-@all',
    '+get',
    '+time',
  );
  const reader = await fleet.host({ url: fleet.redis.url.replace('opc@', 'reader@'), hasPassword: false });
  const { status, stdout } = await run(reader, ['store', 'status']);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^note +store acl +read-only: /m)]);
  expect(await run(reader, ['exec', '--', 'true'])).toEqual({ status: 0, stdout: '', stderr: '' });
  // A longer life than the token has is an error.
  expect(await run(reader, ['exec', '--min-valid', '30m', '--', 'true'])).toMatchObject({ status: 2 });
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 0 });
});

it('lets logout remove the copy of this host if the store cannot be reached, and says what is left', async () => {
  const fleet = await fleetBench({ redis: { tls: false } });
  const host = await fleet.host();
  await host.use();
  await fleet.redis.kill();
  const { status, stderr } = await run(host, ['logout'], { clock: jumpingClock() });
  expect(status).toBe(3);
  expect(stderr).toMatch(
    /cannot be reached.*; the session is removed from this host only, and the store may still have it\n/,
  );
  expect(stderr).toContain(`oracle-compute logout -a ${fleet.service.origin} -u ${fleet.service.user}`);
  expect(filesBelow(host.home).filter((file) => file.includes('.json'))).toEqual([]);
  const again = await run(host, ['logout'], { clock: jumpingClock() });
  expect(again).toMatchObject({ status: 3, stderr: expect.stringContaining('no session was removed') });
});

it('a host that is logged in gives its session to an empty store that it meets for the first time', async () => {
  const fleet = await fleetBench();
  const [able, other] = [await fleet.host(), await fleet.host({ hasPassword: false })];
  const alone = Object.fromEntries(Object.entries(able.env).filter(([name]) => !name.includes('STORE')));
  const token = tokenIn((await runLine(['auth'], { home: able.home, env: alone })).stdout);
  expect((await run(other, ['status'])).status).toBe(10);
  expect((await run(able, ['status'])).status).toBe(0);
  expect(tokenIn((await run(other, ['refresh_token', '--min-valid', '1m'])).stdout)).toBe(token);
  expect(fleet.service.logins).toBe(1);
  // Later the copy is enough: the store is not asked again.
  const asked = async () =>
    /cmdstat_evalsha?:calls=(\d+)/.exec(String(await fleet.redis.ask('INFO', 'commandstats')))?.[1];
  const before = await asked();
  expect((await run(able, ['status'])).status).toBe(0);
  expect(await asked()).toBe(before);
});
