import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Engine } from '../../../lib/store/engine/engine.js';
import { LEASE, type RemoteLock, takeRemoteLock } from '../../../lib/store/engine/remote-lock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The lock as the engine has it: free, or another host's until `free` is set. */
function lockBench() {
  const kept: number[] = [];
  const engine = {
    isFree: true,
    kept,
    given: 0,
    take: async (owner: string) => ({
      value: 'kept',
      engineAhead: 0,
      ownLock: engine.isFree ? `${owner} 1` : undefined,
    }),
    keep: async (_lock: string, lease: number) => kept.push(lease) > 0,
    give: async () => {
      engine.given += 1;
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
  const take = (wait: number, onSight: () => Promise<string | undefined> = async () => undefined) =>
    takeRemoteLock<string>(engine as unknown as Engine, {
      clock,
      wait,
      owner: 'a host',
      store: 'a store',
      onSight,
      onWait: () => notes.push(clock.time),
    });
  return { engine, clock, notes, take };
}

const lockOf = (taken: RemoteLock | { readonly result: string }) => {
  if ('result' in taken) throw new RangeError('no lock');
  return taken;
};

it('is kept three times in its lease while it is held, and not once after it was given back', async () => {
  const { engine, take } = lockBench();
  const lock = lockOf(await take(0));
  await vi.advanceTimersByTimeAsync(2 * LEASE);
  expect(engine.kept).toEqual(Array.from({ length: 6 }, () => LEASE));
  await lock.release();
  expect([engine.given, vi.getTimerCount()]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(100 * LEASE);
  expect(engine.kept).toHaveLength(6);
});

it('is given back, and its keeping ends, also where the engine fails meanwhile', async () => {
  const { engine, take } = lockBench();
  const lock = lockOf(await take(0));
  engine.keep = () => Promise.reject(new RangeError('gone'));
  engine.give = () => Promise.reject(new RangeError('gone'));
  await vi.advanceTimersByTimeAsync(LEASE);
  await lock.release();
  expect(vi.getTimerCount()).toBe(0);
});

it('is waited for, until the other host has it no more, has done the work, or the time is over', async () => {
  const { engine, clock, notes, take } = lockBench();
  engine.isFree = false;
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
    engine.isFree = ++looks === 2;
    return undefined;
  };
  expect(lockOf(await take(5000, free)).sight).toEqual({ value: 'kept', engineAhead: 0 });
  expect(vi.getTimerCount()).toBe(1);
});
