import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { LOCK_ENDING, withLock } from '../../../lib/files/lock.js';
import { smallDisk } from '../../support/small-disk.js';
import { filesBelow, temporaryHome } from '../../support/temporary-home.js';

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
      const child = spawn(process.execPath, [CROWD, path, '150'], { stdio: ['ignore', 'ignore', 'pipe'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      return Promise.all([once(child, 'close'), child.stderr.setEncoding('utf8').toArray()]);
    });
    for (const [[status], said] of await Promise.all(crowd)) expect([status, said.join('')]).toEqual([0, '']);
    expect(filesBelow(dirname(path))).toEqual([]);
  });

  it('stays with a stopped process; a waiting one gets it when that continues', async () => {
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

  it.each(['000', '777'])('under a umask of %s is as private, and blocks no later process', async (umask) => {
    const path = join(temporaryHome(), 'file');
    const holder = await holderOf(path, umask);
    expect(filesBelow(dirname(path))).toEqual([`file${LOCK_ENDING} 600`]);
    await end(holder, 'SIGKILL');
    // Killed between making the file and taking its rights back.
    chmodSync(`${path}${LOCK_ENDING}`, 0o000);
    expect(await withLock(path, options, async () => 'free')).toBe('free');
  });
});

describe('a lock on a disk', () => {
  it('that can only be read cannot be taken', async () => {
    const disk = smallDisk('size=64k');
    execFileSync('mount', ['-o', 'remount,ro', disk.path]);
    const failure = await failureOf(withLock(join(disk.path, 'file'), options, async () => 'never'));
    expect(failure).toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringContaining('(EROFS)') });
  });

  it('on a full disk can be taken, if its file exists', async () => {
    const disk = smallDisk('size=64k');
    const path = join(disk.path, 'file');
    disk.fillUpTo(0);
    expect(await withLock(path, options, async () => 'locked')).toBe('locked');
  });
});
