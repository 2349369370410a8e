import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { parseStoreAddress } from '../../lib/store/engine/address.js';
import { Engine, sessionKeys } from '../../lib/store/engine/engine.js';
import { startTestRedis } from '../support/fleet.js';
import { temporaryHome } from '../support/temporary-home.js';

const HOUR = 3_600_000;

it('a host whose lease has run out neither keeps nor gives back the lock that another has taken since', async () => {
  const redis = await startTestRedis(join(temporaryHome(), 'redis'));
  const keys = sessionKeys('a test');
  const { password, authority } = redis;
  const access = { address: parseStoreAddress(redis.url), password, authorities: [authority.certificatePem] };
  const [one, other] = [new Engine(access, keys, systemClock), new Engine(access, keys, systemClock)];
  onTestFinished(() => {
    for (const engine of [one, other]) engine.close();
  });

  const { ownLock: late = '' } = await one.take('one', 1);
  expect(late).not.toBe('');
  await expect.poll(() => redis.ask('GET', keys.lock)).toBeNull();
  const { ownLock = '' } = await other.take('other', HOUR);
  expect(await redis.ask('GET', keys.lock)).toBe(ownLock);
  expect((await one.take('one', HOUR)).ownLock).toBeUndefined();

  expect(await one.keep(late, 10 * HOUR)).toBe(false);
  expect(Number(await redis.ask('PTTL', keys.lock))).toBeLessThanOrEqual(HOUR);
  await one.give(late);
  expect(await redis.ask('GET', keys.lock)).toBe(ownLock);

  expect(await other.keep(ownLock, 10 * HOUR)).toBe(true);
  expect(Number(await redis.ask('PTTL', keys.lock))).toBeGreaterThan(HOUR);
  await other.give(ownLock);
  expect(await redis.ask('GET', keys.lock)).toBeNull();
});
