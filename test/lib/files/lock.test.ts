import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { withLock } from '../../../lib/files/lock.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const options = { clock: systemClock, wait: 60_000 };
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

/** A clock on which waiting takes no time: what would take seconds is over when it has been waited for. */
function hurriedClock() {
  let time = 0;
  return {
    now: () => Date.now(),
    monotonic: () => time,
    sleep: async (milliseconds: number) => {
      time += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('withLock', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    const path = join(temporaryHome(), 'a', 'file');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    };
    await Promise.all(Array.from({ length: 12 }, () => withLock(path, options, work)));
    expect(most).toBe(1);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is released when the action fails', async () => {
    const path = join(temporaryHome(), 'file');
    await expect(withLock(path, options, async () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('gives up after the time limit, and says which file it was', async () => {
    const path = join(temporaryHome(), 'file');
    const clock = hurriedClock();
    await withLock(path, options, async () => {
      expect(await codeOf(withLock(path, { clock, wait: 5000 }, async () => 'never'))).toBe('SESSION_LOCKED');
    });
  });

  it('says once that it waits, and stops waiting when the work is done elsewhere', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'old');
    let said = 0;
    await withLock(path, options, async () => {
      const waiting = withLock(
        path,
        {
          ...options,
          onWait: () => {
            said++;
          },
          settled: async () => (readFileSync(path, 'utf8') === 'new content' ? 'done' : undefined),
        },
        async () => 'own',
      );
      // The other process's work, seen while its lock is still held.
      writeFileSync(path, 'new content');
      expect(await waiting).toBe('done');
    });
    expect(said).toBe(1);
  });

  it('takes over from a dead process, whatever time its lock has', async () => {
    for (const seconds of [-3600, 3600]) {
      const path = join(temporaryHome(), 'file');
      mkdirSync(`${path}.lock`);
      const time = Date.now() / 1000 + seconds;
      utimesSync(`${path}.lock`, time, time);
      expect(await withLock(path, { clock: hurriedClock(), wait: 30_000 }, async () => 'in')).toBe('in');
    }
  });

  it('notices that it lost the lock before anything is replaced, and starts again', async () => {
    const path = join(temporaryHome(), 'file');
    let attempts = 0;
    const result = await withLock(path, { clock: hurriedClock(), wait: 60_000 }, async (lock) => {
      if (++attempts === 1) {
        // Another process thought us dead, took the lock, and died itself.
        rmSync(`${path}.lock`, { recursive: true });
        mkdirSync(`${path}.lock`);
      }
      await lock.assertHeld();
      return attempts;
    });
    expect(result).toBe(2);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('ends with the interruption', async () => {
    const path = join(temporaryHome(), 'file');
    const interruption = new AbortController();
    await withLock(path, options, async () => {
      const waiting = withLock(path, { ...options, signal: interruption.signal }, async () => 'never');
      interruption.abort(new RangeError('stop'));
      await expect(waiting).rejects.toThrow(RangeError);
    });
  });

  it('says where a lock cannot be made', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), '');
    expect(await codeOf(withLock(join(path, 'below'), options, async () => 'never'))).toBe('FILE_UNWRITABLE');
  });
});
