import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { parseStoreAddress } from '../../lib/store/address.js';
import { acquireRemoteLock, LEASE, RedisServer, sessionKeys } from '../../lib/store/redis-server.js';
import { startTestRedis } from '../support/fleet.js';
import { temporaryHome } from '../support/temporary-home.js';

const HOUR = 3_600_000;

it('a host whose lease has run out neither keeps nor gives back the lock that another has taken since', async () => {
  const redis = await startTestRedis(join(temporaryHome(), 'redis'), { tls: false });
  const keys = sessionKeys('a test');
  const access = { address: parseStoreAddress(redis.url), password: redis.password, authorities: undefined };
  const [one, other] = [new RedisServer(access, keys, systemClock), new RedisServer(access, keys, systemClock)];
  onTestFinished(() => {
    for (const engine of [one, other]) engine.close();
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
  const access = { address: parseStoreAddress(store), password: undefined, authorities: undefined };
  const engine = new RedisServer(access, sessionKeys('a test'), systemClock);
  vi.spyOn(engine, 'acquire').mockResolvedValue({ value: undefined, serverAhead: 0, ownLock: 'ours' });
  const keep = vi.spyOn(engine, 'extend').mockResolvedValue(true);
  const give = vi.spyOn(engine, 'release').mockResolvedValue();
  const onSnapshot = async () => undefined;
  const lock = await acquireRemoteLock(engine, { clock: systemClock, owner: 'a host', store, wait: HOUR, onSnapshot });
  if (!('release' in lock)) throw new Error('it has no lock');
  vi.advanceTimersByTime(LEASE);
  expect(keep.mock.calls).toEqual(Array(3).fill(['ours', LEASE]));
  await lock.release();
  expect(give.mock.calls).toEqual([['ours']]);
  vi.advanceTimersByTime(10 * LEASE);
  expect(keep).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});
