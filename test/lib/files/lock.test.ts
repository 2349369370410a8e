import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { LOCK_ENDING, withLock } from '../../../lib/files/lock.js';
import { smallDisk } from '../../support/small-disk.js';
import { filesBelow, temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const options = { clock: systemClock, wait: 60_000 };
const HOLDER = resolve('build/test/lib/files/programs/hold-lock.js');
const CROWD = resolve('build/test/lib/files/programs/crowd-at-lock.js');

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

/** Another process that has the lock of a file, under a umask. */
async function holderOf(path: string, umask = '022'): Promise<ChildProcess> {
  const words = ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, HOLDER, path];
  const child = spawn('sh', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
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

describe('the lock of another process', () => {
  it('is free as soon as that process is killed, and what it left is used again', async () => {
    const path = join(temporaryHome(), 'file');
    const holder = await holderOf(path);
    expect(await codeOf(withLock(path, { ...options, wait: 0 }, async () => 'never'))).toBe('SESSION_LOCKED');
    const waiting = withLock(path, options, async () => 'served');
    await end(holder, 'SIGKILL');
    expect(await waiting).toBe('served');
    // Nobody waits for a dead process, be the time limit ever so short.
    await end(await holderOf(path), 'SIGKILL');
    expect(filesBelow(dirname(path))).toEqual([`file${LOCK_ENDING} 600`]);
    expect(await withLock(path, { ...options, wait: 0 }, async () => 'free')).toBe('free');
    expect(filesBelow(dirname(path))).toEqual([]);
  });

  it('is never had by two, though each removes the file of the lock when it leaves', async () => {
    const path = join(temporaryHome(), 'file');
    const crowd = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, [CROWD, path, '400'], { stdio: ['ignore', 'ignore', 'pipe'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      return Promise.all([once(child, 'close'), child.stderr.setEncoding('utf8').toArray()]);
    });
    for (const [[status], said] of await Promise.all(crowd)) expect([status, said.join('')]).toEqual([0, '']);
    expect(filesBelow(dirname(path))).toEqual([]);
  });

  it('stays with a process that is stopped, however long; whoever waits is served when it goes on', async () => {
    const path = join(temporaryHome(), 'file');
    const holder = await holderOf(path);
    holder.kill('SIGSTOP');
    const anHour = withLock(path, { clock: hurriedClock(), wait: 3_600_000 }, async () => 'robbed');
    expect(await codeOf(anHour)).toBe('SESSION_LOCKED');
    const waiting = withLock(path, options, async () => 'served');
    holder.stdin?.end();
    holder.kill('SIGCONT');
    expect(await waiting).toBe('served');
  });

  it.each(['000', '777'])('under a umask of %s is as private, and in nobody’s way afterwards', async (umask) => {
    const path = join(temporaryHome(), 'file');
    const holder = await holderOf(path, umask);
    expect(filesBelow(dirname(path))).toEqual([`file${LOCK_ENDING} 600`]);
    await end(holder, 'SIGKILL');
    // Killed between making the file and taking its rights back.
    chmodSync(`${path}${LOCK_ENDING}`, 0o000);
    expect(await withLock(path, options, async () => 'free')).toBe('free');
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

  it('a file where the folder should be, a folder without rights, a read-only disk', async () => {
    const home = temporaryHome();
    const below = join(writeFileWithMode(join(home, 'file'), ''), 'below');
    expect(await codeOf(withLock(below, options, async () => 'never'))).toBe('FILE_UNWRITABLE');
    const disk = smallDisk('size=64k');
    execFileSync('mount', ['-o', 'remount,ro', disk.path]);
    const failure = await failureOf(withLock(join(disk.path, 'file'), options, async () => 'never'));
    expect(failure).toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringContaining('(EROFS)') });
  });

  it('a full disk keeps nobody from a lock that is there', async () => {
    const disk = smallDisk('size=64k');
    const path = join(disk.path, 'file');
    disk.fillUpTo(0);
    expect(await withLock(path, options, async () => 'locked')).toBe('locked');
  });
});

function filesBelowAsTheyAre(folder: string): string[] {
  return execFileSync('find', [folder, '-printf', '%p %y %m %l %s\n'], { encoding: 'utf8' }).split('\n').sort();
}
