import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { acquireRemoteLock, LEASE, type RedisServer, type RemoteLock } from '../../../lib/store/redis-server.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The lock as the server has it: free, or another host's until `free` is set. */
function lockBench() {
  const kept: number[] = [];
  const server = {
    isFree: true,
    kept,
    given: 0,
    acquire: async (owner: string) => ({
      value: 'kept',
      serverAhead: 0,
      ownLock: server.isFree ? `${owner} 1` : undefined,
    }),
    extend: async (_lock: string, lease: number) => kept.push(lease) > 0,
    release: async () => {
      server.given += 1;
    },
  };
  const notes: number[] = [];
  const clock = {
    time: 0,
    now: () => clock.time,
    monotonic: () => clock.time,
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds;
    },
  };
  const take = (wait: number, onSnapshot: () => Promise<string | undefined> = async () => undefined) =>
    acquireRemoteLock<string>(server as unknown as RedisServer, {
      clock,
      wait,
      owner: 'a host',
      store: 'a store',
      onSnapshot,
      onWait: () => notes.push(clock.time),
    });
  return { server, clock, notes, take };
}

const lockOf = (taken: RemoteLock | { readonly result: string }) => {
  if ('result' in taken) throw new RangeError('no lock');
  return taken;
};

it('is kept three times in its lease while it is held, and not once after it was given back', async () => {
  const { server, take } = lockBench();
  const lock = lockOf(await take(0));
  await vi.advanceTimersByTimeAsync(2 * LEASE);
  expect(server.kept).toEqual(Array.from({ length: 6 }, () => LEASE));
  await lock.release();
  expect([server.given, vi.getTimerCount()]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(100 * LEASE);
  expect(server.kept).toHaveLength(6);
});

it('is released, and no longer extended, even if the server fails', async () => {
  const { server, take } = lockBench();
  const lock = lockOf(await take(0));
  server.extend = () => Promise.reject(new RangeError('gone'));
  server.release = () => Promise.reject(new RangeError('gone'));
  await vi.advanceTimersByTimeAsync(LEASE);
  await lock.release();
  expect(vi.getTimerCount()).toBe(0);
});

it('is waited for, until the other host has it no more, has done the work, or the time is over', async () => {
  const { server, clock, notes, take } = lockBench();
  server.isFree = false;
  await expect(take(5000)).rejects.toMatchObject({
    code: 'SESSION_LOCKED',
    message: 'another host has held the session in a store for 5 s',
    fields: { path: 'a store', seconds: 5 },
  });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toBeGreaterThan(1000);
  expect(clock.time).toBeGreaterThan(5000);
  expect(clock.time).toBeLessThan(5500);
  let looks = 0;
  expect(await take(5000, async () => (++looks === 3 ? 'done' : undefined))).toEqual({ result: 'done' });
  looks = 0;
  const free = async () => {
    server.isFree = ++looks === 2;
    return undefined;
  };
  expect(lockOf(await take(5000, free)).snapshot).toEqual({ value: 'kept', serverAhead: 0 });
  expect(vi.getTimerCount()).toBe(1);
});
