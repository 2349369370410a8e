import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { LOCK_ENDING, withLock } from '../../../lib/files/lock.js';
import { watchFiles } from '../../support/file-calls.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const options = { clock: systemClock, wait: 60_000 };

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (isOracleComputeError(error) ? error : { code: error, message: String(error), fields: {} }),
  );
const codeOf = async (promise: Promise<unknown>) => (await failureOf(promise))?.code;

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

/** Counts how many are inside at once. */
function room() {
  const seen = { inside: 0, most: 0, all: 0 };
  const visit = async () => {
    seen.all++;
    seen.most = Math.max(seen.most, ++seen.inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.inside--;
  };
  return { seen, visit };
}

describe('withLock', () => {
  it('lets 200 in one at a time, and leaves nothing behind', async () => {
    const path = join(temporaryHome(), 'a', 'file');
    const { seen, visit } = room();
    await Promise.all(Array.from({ length: 200 }, () => withLock(path, options, visit)));
    expect(seen).toEqual({ inside: 0, most: 1, all: 200 });
    expect(filesBelow(dirname(path))).toEqual([]);
  });

  it('is released when the action fails', async () => {
    const path = join(temporaryHome(), 'file');
    await expect(withLock(path, options, async () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    expect(await withLock(path, { ...options, wait: 0 }, async () => 'free')).toBe('free');
  });

  it('gives up after the time limit, and says which file it was and who has it', async () => {
    const path = join(temporaryHome(), 'file');
    await withLock(path, options, async () => {
      const failure = await failureOf(withLock(path, { clock: hurriedClock(), wait: 5000 }, async () => 'never'));
      expect(failure).toMatchObject({ code: 'SESSION_LOCKED', fields: { path, seconds: 5, holder: process.pid } });
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
    const onWait = vi.fn();
    await withLock(path, options, async () => {
      const late = withLock(path, { clock: hurriedClock(), wait: 5000, onWait }, async () => 'never');
      expect(await codeOf(late)).toBe('SESSION_LOCKED');
    });
    expect(onWait).toHaveBeenCalledOnce();
  });

  it('asks again whether the work is done only when the file has changed', async () => {
    const path = join(temporaryHome(), 'file');
    const alreadyDone = vi.fn(async () => undefined);
    await withLock(path, options, async () => {
      const waiting = withLock(path, { clock: hurriedClock(), wait: 20_000, alreadyDone }, async () => 'never');
      expect(await codeOf(waiting)).toBe('SESSION_LOCKED');
    });
    expect(alreadyDone).toHaveBeenCalledOnce();
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

  it('is one lock for all names of a file, also where nothing is there yet', async () => {
    const home = temporaryHome();
    const path = join(home, 'real', 'file');
    mkdirSync(dirname(path));
    symlinkSync('real', join(home, 'folder'));
    symlinkSync('../real/file', join(home, 'real', 'link'));
    // Its target is meant from the folder that it is in, which has another name here.
    symlinkSync('file', join(home, 'real', 'beside'));
    const names = ['real/file', 'folder/file', 'real/link', 'folder/link', 'folder/beside'].map((name) =>
      join(home, name),
    );
    const { seen, visit } = room();
    const visits = names.flatMap((name) => Array.from({ length: 5 }, () => withLock(name, options, visit)));
    await Promise.all(visits);
    expect(seen).toMatchObject({ most: 1, all: 25 });
  });
});

describe('what is in the way of the lock', () => {
  const plant: Record<string, (file: string) => void> = {
    'a folder': (file) => mkdirSync(file),
    'a link': (file) => symlinkSync(writeFileWithMode(join(dirname(file), 'precious'), 'my thesis'), file),
    'a link to nowhere': (file) => symlinkSync(join(dirname(file), 'nowhere'), file),
    'a pipe': (file) => void execFileSync('mkfifo', [file]),
    'a second name of a file': (file) =>
      linkSync(writeFileWithMode(join(dirname(file), 'precious'), 'my thesis'), file),
  };

  it.each(Object.entries(plant))('%s is refused, kept and named', async (_, put) => {
    const path = join(temporaryHome(), 'file');
    const file = `${path}${LOCK_ENDING}`;
    put(file);
    const before = filesBelowAsTheyAre(dirname(path));
    const failure = await failureOf(withLock(path, options, async () => 'never'));
    expect(failure).toMatchObject({ code: 'FILE_UNWRITABLE', fields: { path: file, isInTheWay: true } });
    expect(filesBelowAsTheyAre(dirname(path))).toEqual(before);
  });

  it('a link is not opened again and again: what it leads to never becomes the file of the lock', async () => {
    const path = join(temporaryHome(), 'file');
    symlinkSync(writeFileWithMode(join(dirname(path), 'precious'), 'my thesis'), `${path}${LOCK_ENDING}`);
    const opened = watchFiles(({ name }) => {
      if (name === 'openSync' && opened.length > 20) throw new RangeError('it goes on for ever');
    });
    expect(await codeOf(withLock(path, options, async () => 'never'))).toBe('FILE_UNWRITABLE');
    expect(opened.filter(({ name }) => name === 'openSync')).toHaveLength(1);
  });

  it('a file where the folder should be', async () => {
    const below = join(writeFileWithMode(join(temporaryHome(), 'file'), ''), 'below');
    expect(await codeOf(withLock(below, options, async () => 'never'))).toBe('FILE_UNWRITABLE');
  });
});

function filesBelowAsTheyAre(folder: string): string[] {
  return execFileSync('find', [folder, '-printf', '%p %y %m %l %s\n'], { encoding: 'utf8' }).split('\n').sort();
}
