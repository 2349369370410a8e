import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { type HeldLock, withLock } from '../../../lib/files/lock.js';
import { newHolderName, stateOfHolder } from '../../../lib/files/lock-holder.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const options = { clock: systemClock, wait: 60_000 };
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

/** A clock on which waiting takes no time: what would take seconds is over when it has been waited for. */
function hurriedClock(onSleep: () => void = () => undefined) {
  let time = 0;
  return {
    now: () => Date.now(),
    monotonic: () => time,
    sleep: async (milliseconds: number) => {
      time += milliseconds;
      onSleep();
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

  it('stops waiting when the work is done elsewhere, and says nothing of so short a wait', async () => {
    const path = writeFileWithMode(join(temporaryHome(), 'file'), 'old');
    const alreadyDone = async () => (readFileSync(path, 'utf8') === 'new content' ? 'done' : undefined);
    await withLock(path, options, async () => {
      // Time stands still for the one who waits, so no wait is long.
      const clock = { ...systemClock, monotonic: () => 0 };
      const onWait = () => expect.unreachable('a note');
      const waiting = withLock(path, { ...options, clock, onWait, alreadyDone }, async () => 'own');
      // The other process's work, seen while its lock is still held.
      writeFileSync(path, 'new content');
      expect(await waiting).toBe('done');
    });
  });

  it('says once that it waits, when that takes longer than a second', async () => {
    const path = join(temporaryHome(), 'file');
    let said = 0;
    const onWait = () => {
      said++;
    };
    await withLock(path, options, async () => {
      const late = withLock(path, { clock: hurriedClock(), wait: 5000, onWait }, async () => 'never');
      expect(await codeOf(late)).toBe('SESSION_LOCKED');
    });
    expect(said).toBe(1);
  });

  it('asks again whether the work is done only when the file has changed', async () => {
    const path = join(temporaryHome(), 'file');
    let looked = 0;
    const alreadyDone = async () => void looked++;
    await withLock(path, options, async () => {
      const waiting = withLock(path, { clock: hurriedClock(), wait: 20_000, alreadyDone }, async () => 'never');
      expect(await codeOf(waiting)).toBe('SESSION_LOCKED');
    });
    expect(looked).toBe(1);
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

/** What a killed process leaves: a lock, with or without the name of its holder, touched at some time. */
function leftLock(holder?: string, secondsFromNow = 0): string {
  const path = join(temporaryHome(), 'file');
  mkdirSync(`${path}.lock`);
  if (holder !== undefined) writeFileSync(join(`${path}.lock`, holder), '');
  const time = Date.now() / 1000 + secondsFromNow;
  utimesSync(`${path}.lock`, time, time);
  return path;
}

/** How long it takes until the lock is taken, in milliseconds of the one who waits; undefined where it is not. */
async function timeToTake(path: string, wait = 60_000, onSleep: () => void = () => undefined) {
  const clock = hurriedClock(onSleep);
  const code = await codeOf(withLock(path, { clock, wait }, async () => undefined));
  if (code !== undefined) expect(code).toBe('SESSION_LOCKED');
  expect(existsSync(`${path}.lock`)).toBe(code !== undefined);
  return code === undefined ? clock.monotonic() : undefined;
}

describe('the lock of a process that does not release it', () => {
  it.runIf(existsSync('/proc/self/stat'))('is free at once where the process is dead', async () => {
    const own = await newHolderName();
    const ended = spawnSync('true').pid;
    const longAgo = own.replace(/^(\d+)-\d+-/, '$1-1-');
    for (const name of [own.replace(/^\d+/, String(ended)), longAgo]) {
      for (const seconds of [-3600, 0, 3600]) expect(await timeToTake(leftLock(name, seconds))).toBeLessThan(100);
    }
  });

  it('is free within 10 s where nothing is known of the process, whatever time its lock has', async () => {
    const elsewhere = '4242-123456-another_host.pid_4026531836-abc123';
    for (const name of [undefined, elsewhere]) {
      for (const seconds of [-3600, -8, 0, 3600]) {
        const time = await timeToTake(leftLock(name, seconds));
        expect(time).toBeGreaterThan(seconds < -7 ? 3000 : 7000);
        expect(time).toBeLessThan(seconds < -7 ? 5000 : 10_000);
      }
    }
  });

  it('stays with a process elsewhere that touches it', async () => {
    for (const seconds of [-3600, 3600]) {
      const path = leftLock('4242-123456-another_host-abc123', seconds);
      let touches = 0;
      const touch = () => utimesSync(`${path}.lock`, Date.now() / 1000, Date.now() / 1000 + seconds + ++touches);
      expect(await timeToTake(path, 60_000, touch)).toBeUndefined();
    }
  });

  it('stays with a process that runs and only gets no time, but not for ever', async () => {
    for (const seconds of [-3600, 0, 3600]) {
      const own = await newHolderName();
      expect(await timeToTake(leftLock(own, seconds), 25_000)).toBeUndefined();
      expect(await timeToTake(leftLock(own, seconds))).toBeGreaterThan(30_000);
    }
  });

  it('is left alone where it is no lock of ours', async () => {
    const path = leftLock('thesis.txt', -3600);
    expect(await timeToTake(path)).toBeUndefined();
    expect(existsSync(join(`${path}.lock`, 'thesis.txt'))).toBe(true);
  });

  it('is removed by one of many, and none removes the next one', async () => {
    const path = leftLock((await newHolderName()).replace(/^\d+/, String(spawnSync('true').pid)));
    let inside = 0;
    let most = 0;
    const work = async (lock: HeldLock) => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await lock.assertHeld();
      inside--;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(path, options, work)));
    expect(most).toBe(1);
  });
});

it.runIf(existsSync('/proc/self/stat'))(
  'a process that has ended, and whose parent does not know it, is dead',
  async () => {
    // The child ends when its parent has become a program that never asks for it.
    const script = 'while read -r name </proc/$$/comm && [ "$name" != sleep ]; do :; done & echo $!; exec sleep 600';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = text.toString().trim();
    await vi.waitFor(() => expect(readFileSync(`/proc/${zombie}/stat`, 'utf8')).toMatch(/\) Z /), 60_000);
    const start = readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
    const name = (await newHolderName()).replace(/^\d+-\d+/, `${zombie}-${start}`);
    expect(await stateOfHolder(name)).toBe('dead');
  },
);
