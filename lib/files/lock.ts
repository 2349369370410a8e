import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import type { Clock } from '../clock.js';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { holderOf, lockFileSystem, lockFolder, removeLock } from './lock-folder.js';
import { newHolderName } from './lock-holder.js';
import { HEARTBEAT, LockWatch } from './lock-watch.js';
import { makePrivateFolder, unwritable } from './private-file.js';

/** Hundreds may wait for one holder: their looking must not take the machine's time away from it. */
const SHORTEST_POLL = 15;
const LONGEST_POLL = 500;
/** Most waits are over before anyone could read of them. Milliseconds. */
const WORTH_A_NOTE = 1000;

export interface LockOptions<T> {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  /** Runs once, when another process has held the lock for a second. */
  readonly onWait?: () => void;
  /** Asked when the file has changed while we wait: a result ends the waiting, the other process has done the work. */
  readonly alreadyDone?: () => Promise<T | undefined>;
}

export interface HeldLock {
  /** True as soon as the lock was not free at once. */
  readonly waited: boolean;
  /** Throws where another process has taken the lock over. Called right before anything is replaced. */
  assertHeld(): Promise<void>;
}

/** Internal to this file: another process thought us dead and took the lock. */
class LockTakenOver extends Error {}

/**
 * Runs `action` while no other process holds the lock of `path` (a folder `path.lock` beside it, see lock-folder.ts).
 *
 * A lock that is taken over while we hold it (a suspended machine, a stopped process) is found before anything is
 * replaced, and the action runs once more from its beginning.
 *
 * @throws OracleComputeError SESSION_LOCKED after `wait`, FILE_UNWRITABLE where the lock cannot be made, and whatever
 *   `action` throws
 */
export async function withLock<T>(
  path: string,
  options: LockOptions<T>,
  action: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const acquired = await acquire(path, options);
    if ('result' in acquired) return acquired.result;
    try {
      return await action(acquired.lock);
    } catch (error) {
      if (!(error instanceof LockTakenOver)) throw error;
      if (attempt === 2) throw locked(path, options.wait);
    } finally {
      await acquired.release();
    }
  }
}

interface OwnLock {
  readonly lock: HeldLock;
  readonly release: () => Promise<void>;
}

async function acquire<T>(path: string, options: LockOptions<T>): Promise<OwnLock | { result: T }> {
  const { clock } = options;
  await makePrivateFolder(dirname(path));
  const started = clock.monotonic();
  const watch = new LockWatch(path, clock);
  let poll = SHORTEST_POLL;
  let said = false;
  for (let waited = false; ; waited = true) {
    const lock = await tryLock(path, waited);
    if (lock) return lock;
    do {
      if (clock.monotonic() - started > options.wait) throw locked(path, options.wait);
      await clock.sleep(poll * (0.5 + Math.random()), options.signal);
      if (!said && clock.monotonic() - started > WORTH_A_NOTE) {
        said = true;
        options.onWait?.();
      }
      poll = Math.min(poll * 1.5, LONGEST_POLL);
      // Before the next attempt: most of those who wait need no lock any more when it is free.
      const result = (await watch.hasFileChanged()) ? await options.alreadyDone?.() : undefined;
      if (result !== undefined) return { result };
    } while (!(await watch.isFree()));
  }
}

async function tryLock(path: string, waited: boolean): Promise<OwnLock | undefined> {
  const folder = lockFolder(path);
  const holder = await newHolderName();
  let compromised = false;
  let release: () => Promise<void>;
  try {
    release = await lock(path, {
      realpath: false,
      // Who is dead, and when a lock is free, is decided by those who wait.
      stale: Number.MAX_SAFE_INTEGER,
      update: HEARTBEAT,
      fs: lockFileSystem(holder),
      onCompromised: () => {
        compromised = true;
      },
    });
  } catch (cause) {
    if (systemErrorCode(cause) === 'ELOCKED' || systemErrorCode(cause) === 'ENOENT') return undefined;
    throw unwritable(`${path}.lock`, cause);
  }
  return {
    lock: {
      waited,
      assertHeld: async () => {
        if (compromised || (await holderOf(folder)) !== holder) throw new LockTakenOver();
      },
    },
    release: async () => {
      await release().catch(() => undefined);
      // The library does not release a lock that it finds touched by others.
      if (compromised) await removeLock(folder, holder).catch(() => undefined);
    },
  };
}

function locked(path: string, wait: number): OracleComputeError {
  const seconds = Math.round(wait / 1000);
  return new OracleComputeError('SESSION_LOCKED', `another process has held ${path} for ${seconds} s`, {
    path,
    seconds,
  });
}
