import { promises as fs } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../clock.js';
import { OracleComputeError, systemErrorCode } from '../errors.js';
import { makePrivateFolder, unwritable } from './private-file.js';

/** A lock whose holder has shown no sign of life for this long belongs to a dead process. Milliseconds. */
const STALE = 7000;
const HEARTBEAT = 1500;
const SHORTEST_POLL = 15;
const LONGEST_POLL = 200;

export interface LockOptions<T> {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  /** Runs once, when another process turns out to hold the lock. */
  readonly onWait?: () => void;
  /** Looked at while waiting: a result ends the waiting, because the other process has done the work. */
  readonly settled?: () => Promise<T | undefined>;
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
 * Runs `action` while no other process holds the lock of `path` (a folder `path.lock` beside it).
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
  const heartbeat = new HeartbeatWatch(`${resolve(path)}.lock`, clock);
  let poll = SHORTEST_POLL;
  for (let waited = false; ; waited = true) {
    const lock = await tryLock(path, waited);
    if (lock) return lock;
    if (!waited) options.onWait?.();
    const result = await options.settled?.();
    if (result !== undefined) return { result };
    if (clock.monotonic() - started > options.wait) throw locked(path, options.wait);
    await heartbeat.removeIfDead();
    await clock.sleep(poll * (0.5 + Math.random()), options.signal);
    poll = Math.min(poll * 1.5, LONGEST_POLL);
  }
}

async function tryLock(path: string, waited: boolean): Promise<OwnLock | undefined> {
  const { lock } = (await import('proper-lockfile')).default;
  let compromised = false;
  let release: () => Promise<void>;
  try {
    release = await lock(path, {
      realpath: false,
      stale: STALE,
      update: HEARTBEAT,
      onCompromised: () => {
        compromised = true;
      },
    });
  } catch (cause) {
    if (systemErrorCode(cause) === 'ELOCKED' || systemErrorCode(cause) === 'ENOENT') return undefined;
    throw unwritable(`${path}.lock`, cause);
  }
  const folder = `${resolve(path)}.lock`;
  const identity = await identityOf(folder);
  return {
    lock: {
      waited,
      assertHeld: async () => {
        if (compromised || identity === undefined || (await identityOf(folder)) !== identity) throw new LockTakenOver();
      },
    },
    // Releasing a lock that was taken over would remove the other process's lock.
    release: async () => {
      if (!compromised && (await identityOf(folder)) === identity) await release().catch(() => undefined);
    },
  };
}

/** Tells one lock folder from the next of the same name: file systems reuse inode numbers, but not with a birth time. */
async function identityOf(folder: string): Promise<string | undefined> {
  const stat = await fs.stat(folder, { bigint: true }).catch(() => undefined);
  return stat && `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
}

/**
 * The lock's own test of staleness compares the file's time with this machine's clock, which may have been set back
 * since a holder died. So a waiter also watches whether the holder still touches its lock.
 */
class HeartbeatWatch {
  private seen: number | undefined;
  private since: number;

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.since = clock.monotonic();
  }

  async removeIfDead(): Promise<void> {
    const stat = await fs.stat(this.folder).catch(() => undefined);
    const now = this.clock.monotonic();
    if (stat?.mtimeMs !== this.seen) {
      this.seen = stat?.mtimeMs;
      this.since = now;
    } else if (stat && now - this.since > STALE + HEARTBEAT) {
      await fs.rmdir(this.folder).catch(() => undefined);
    }
  }
}

function locked(path: string, wait: number): OracleComputeError {
  const seconds = Math.round(wait / 1000);
  return new OracleComputeError('SESSION_LOCKED', `another process has held ${path} for ${seconds} s`, {
    path,
    seconds,
  });
}
