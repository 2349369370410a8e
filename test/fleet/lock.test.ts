import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { parseStoreAddress } from '../../lib/store/address.js';
import { acquireRemoteLock, LEASE, RedisServer, sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench, type Host, startTestRedis } from '../support/fleet.js';
import { FIRST_WINDOW, lockOf, refresher, watchServer } from '../support/fleet-life.js';
import { cleanEnvironment, runProgram } from '../support/program.js';
import { temporaryHome } from '../support/temporary-home.js';

const HOUR = 3_600_000;

it('a host whose lease has run out neither keeps nor gives back the lock that another has taken since', async () => {
  const redis = await startTestRedis(join(temporaryHome(), 'redis'), { tls: false });
  const keys = sessionKeys('a test');
  const access = { address: parseStoreAddress(redis.url), password: redis.password, trust: undefined };
  const [one, other] = [new RedisServer(access, keys, systemClock), new RedisServer(access, keys, systemClock)];
  onTestFinished(() => {
    for (const server of [one, other]) server.close();
  });

  const { ownLock: late = '' } = await one.acquire('one', 1);
  expect(late).not.toBe('');
  await expect.poll(() => redis.ask('GET', keys.lock)).toBeNull();
  const { ownLock = '' } = await other.acquire('other', HOUR);
  expect(await redis.ask('GET', keys.lock)).toBe(ownLock);
  expect((await one.acquire('one', HOUR)).ownLock).toBeUndefined();

  expect(await one.extend(late, 10 * HOUR)).toBe(false);
  expect(Number(await redis.ask('PTTL', keys.lock))).toBeLessThanOrEqual(HOUR);
  await one.release(late);
  expect(await redis.ask('GET', keys.lock)).toBe(ownLock);

  expect(await other.extend(ownLock, 10 * HOUR)).toBe(true);
  expect(Number(await redis.ask('PTTL', keys.lock))).toBeGreaterThan(HOUR);
  await other.release(ownLock);
  expect(await redis.ask('GET', keys.lock)).toBeNull();
});

it('a holder says three times in a lease that it lives, and nothing any more once it has released', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const store = 'redis://127.0.0.1:1/0';
  const access = { address: parseStoreAddress(store), password: undefined, trust: undefined };
  const server = new RedisServer(access, sessionKeys('a test'), systemClock);
  vi.spyOn(server, 'acquire').mockResolvedValue({ value: undefined, serverAhead: 0, ownLock: 'ours' });
  const keep = vi.spyOn(server, 'extend').mockResolvedValue(true);
  const give = vi.spyOn(server, 'release').mockResolvedValue();
  const onSnapshot = async () => undefined;
  const lock = await acquireRemoteLock(server, { clock: systemClock, owner: 'a host', store, wait: HOUR, onSnapshot });
  if (!('release' in lock)) throw new Error('it has no lock');
  vi.advanceTimersByTime(LEASE);
  expect(keep.mock.calls).toEqual(Array(3).fill(['ours', LEASE]));
  await lock.release();
  expect(give.mock.calls).toEqual([['ours']]);
  vi.advanceTimersByTime(10 * LEASE);
  expect(keep).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});

const keysOf = ({ service }: Fleet) => sessionKeys(service.origin, service.user);

/** Lets the lease of the lock's holder expire now. */
const endLease = async (fleet: Fleet) => {
  const left = Number(await lockOf(fleet));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(LEASE);
  await fleet.redis.ask('PEXPIRE', keysOf(fleet).lock, '1');
};

it('a host that died while it had the lock is followed by another, as soon as its lease has run out', async () => {
  const fleet = await fleetBench();
  const other = await fleet.host();
  await other.use();
  const { redis } = fleet;
  const access = { address: parseStoreAddress(redis.url), password: redis.password, trust: undefined };
  const dead = new RedisServer(access, keysOf(fleet), systemClock);
  expect((await dead.acquire('a host that died', LEASE)).ownLock).toBeDefined();
  dead.close();
  let asked = 0;
  onTestFinished(
    await redis.monitor((line) => {
      if (line.includes('"EVAL"')) asked += 1;
    }),
  );
  const refreshing = other.session.refresh();
  await expect.poll(() => asked).toBeGreaterThan(2);
  expect(fleet.service.refreshes).toBe(0);
  await endLease(fleet);
  await refreshing;
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 1 });
  expect(Number(await lockOf(fleet))).toBe(-2);
});

it('a host that wakes after its lease does not overwrite what is newer, and takes it', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW });
  const [stopped, other] = [await fleet.host(), await fleet.host()];
  await stopped.use();
  await other.use();
  const watch = await watchServer(fleet);
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const waking = stopped.session.refresh();
  await expect.poll(() => fleet.service.refreshes).toBe(1);
  await endLease(fleet);
  Object.assign(fleet.service.lifetimes, { token: 1800 });
  await other.session.refresh();
  // Its token comes now, and lives shorter than what the other has brought.
  Object.assign(fleet.service.lifetimes, { token: 900 });
  answer();
  await waking;
  const token = await other.session.cookie();
  expect(await stopped.session.cookie()).toBe(token);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  expect(watch).toEqual({ writes: 1, setBack: 0 });
});

it('started programs of three hosts share a session, follow one that is killed, and lose it to a logout', async () => {
  const fleet = await fleetBench();
  const [able, other, third] = [await fleet.host(), await fleet.host({ hasPassword: false }), await fleet.host()];
  const run = async ({ home, env }: Host, ...line: string[]) => {
    const { stdout, stderr, status } = await runProgram(line, { env: cleanEnvironment(home, env) });
    return { status, stderr, token: stdout.trim() };
  };
  const refresh = ['refresh_token', '--shell', 'value'];
  const waiting = run(other, ...refresh, '--min-valid', '10m', '--wait-session', '200s');
  const begun = await run(able, ...refresh, '--min-valid', '10m', '--reauthenticate');
  expect(begun).toEqual({ status: 0, stderr: '', token: expect.stringMatching(/^\S+$/) });
  expect(await waiting).toMatchObject({ status: 0, token: begun.token });

  const { process, ended } = await refresher(fleet, able);
  process.kill('SIGKILL');
  await ended;
  await endLease(fleet);
  const followed = await run(other, ...refresh);
  expect(followed).toMatchObject({ status: 0, stderr: '' });
  expect(followed.token).not.toBe(begun.token);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });

  expect(await run(third, 'logout')).toMatchObject({ status: 0 });
  expect(await run(other, ...refresh)).toMatchObject({ status: 10 });
});
