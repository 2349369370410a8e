import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../clock.js';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../errors.js';
import type { ExclusiveOptions } from '../session/store.js';
import { chownToParent, ownProcessId, ownUserId } from './owner.js';
import { followLinks, lstatOf, pathBlockedError, unwritable } from './paths.js';
import { makePrivateFolder } from './private-file.js';
import { whileBusy } from './windows.js';

/** Hundreds of processes may wait for one holder: their polling must not slow it down. Milliseconds. */
const MIN_POLL = 15;
const MAX_POLL = 500;
/** A shorter wait ends before anyone could read a message about it. Milliseconds. */
const NOTICE_AFTER = 1000;
/** The suffix names this program, so that another program's lock file is never used. */
export const LOCK_ENDING = '.oracle-compute.lock';
const NOT_OURS = 'it is not your lock file';

/** fs-native-extensions. Throws EAGAIN if another process holds the lock. */
type TryLock = (descriptor: number, offset: number, length: number, exclusive: boolean) => void;

interface LockOptions<T> extends Omit<ExclusiveOptions<T>, 'alreadyDone'> {
  readonly clock: Clock;
  /**
   * Called during the wait, each time that the file has changed. A result ends the wait: another process did the work.
   */
  readonly alreadyDone?: () => Promise<T | undefined>;
}

/**
 * Runs `action` with the lock of `path` held: the kernel's lock on a file beside the link's target, so that all names
 * of a file have one lock. The kernel releases it when its holder ends, and never while its holder is stopped
 * (docs/decisions/lock.md).
 *
 * @throws OracleComputeError SESSION_LOCKED after `wait`, FILE_UNWRITABLE and DISK_FULL if the lock file cannot be
 *   made, LOCK_UNAVAILABLE if the addon cannot be loaded, and what `action` throws
 */
export async function withLock<T>(path: string, options: LockOptions<T>, action: () => Promise<T>): Promise<T> {
  const { clock, signal, wait, onWait, alreadyDone } = options;
  const target = followLinks(path);
  const file = `${target}${LOCK_ENDING}`;
  await makePrivateFolder(dirname(target));
  const hasChanged = changeDetector(target);
  const started = clock.monotonic();
  let poll = MIN_POLL;
  let hasNotified = false;
  let lock = await whileBusy(() => takeLock(file));
  while (lock === undefined) {
    const waited = clock.monotonic() - started;
    if (waited > wait) throw locked(path, file, wait);
    if (!hasNotified && waited > NOTICE_AFTER) {
      hasNotified = true;
      onWait?.();
    }
    // The kernel's blocking call cannot be interrupted.
    await clock.sleep(poll * (0.5 + Math.random()), signal);
    poll = Math.min(poll * 1.5, MAX_POLL);
    // Before the next attempt: when the lock is free, most waiting processes do not need it any more.
    const result = hasChanged() ? await alreadyDone?.() : undefined;
    if (result !== undefined) return result;
    lock = await whileBusy(() => takeLock(file));
  }
  try {
    return await action();
  } finally {
    release(file, lock);
  }
}

/**
 * Checks that a file can be locked, and so replaced, before work whose result must not be lost.
 *
 * @throws OracleComputeError as `withLock`, except SESSION_LOCKED
 */
export async function assertLockable(path: string): Promise<void> {
  const target = followLinks(path);
  const wanted = dirname(target);
  let folder = wanted;
  // Missing folders are made in the nearest one that exists, but not before they are needed.
  // A drive or a share of Windows need not exist: then no folder does.
  while (!fs.existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    fs.accessSync(`${folder}/`);
    await removeFreeLock(join(folder, basename(target)));
  } catch (error) {
    if (folder === wanted && isOracleComputeError(error)) throw error;
    throw unwritable(wanted, isOracleComputeError(error) ? error.cause : error);
  }
}

/**
 * Removes a lock file that no process holds, as a killed process leaves one.
 *
 * @throws OracleComputeError as `withLock`
 */
export async function removeFreeLock(path: string): Promise<void> {
  const file = `${path}${LOCK_ENDING}`;
  const lock = await whileBusy(() => takeLock(file));
  if (lock !== undefined) release(file, lock);
}

/** The descriptor that holds the lock; undefined if another process holds it. */
function takeLock(file: string): number | undefined {
  const tryLock = loadTryLock();
  for (;;) {
    const descriptor = openLockFile(file);
    try {
      tryLock(descriptor, 0, 0, true);
      if (isStillAt(file, descriptor)) {
        writeHolder(descriptor);
        return descriptor;
      }
    } catch (cause) {
      fs.closeSync(descriptor);
      if (systemErrorCode(cause) === 'EAGAIN') return undefined;
      throw unwritable(file, cause);
    }
    fs.closeSync(descriptor);
  }
}

/** False if the previous holder removed the file after it was opened here: others lock another file now. */
function isStillAt(file: string, descriptor: number): boolean {
  const opened = fs.fstatSync(descriptor, { bigint: true });
  const there = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return there?.ino === opened.ino && there.dev === opened.dev;
}

function release(file: string, descriptor: number): void {
  try {
    // Removed with the lock held, so that it cannot be the next holder's file.
    fs.unlinkSync(file);
  } catch {
    // The file stays, unlocked.
  }
  fs.closeSync(descriptor);
}

/**
 * Loads the addon by its path in the package, whose version is pinned: the package's entry takes thirty times as long,
 * and does not find the addon on Alpine, although it runs there (docs/decisions/lock.md).
 */
function loadTryLock(): TryLock {
  const system = `${platform()}-${arch()}`;
  try {
    const require = createRequire(import.meta.url);
    return require(`fs-native-extensions/prebuilds/${system}/fs-native-extensions.node`).tryLock;
  } catch (cause) {
    const message = `the lock of the fs-native-extensions package cannot be loaded on ${system}`;
    throw new OracleComputeError('LOCK_UNAVAILABLE', message, { system }, { cause });
  }
}

function openLockFile(file: string): number {
  const { O_CREAT, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  // Another user's link must not be followed, and a pipe must not block.
  const open = () => fs.openSync(file, O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o600);
  let descriptor: number;
  try {
    descriptor = open();
  } catch (cause) {
    const there = lstatOf(file);
    if (there && !isLockFile(there)) throw pathBlockedError(file, NOT_OURS, cause);
    if (!there || (there.mode & 0o600) === 0o600) throw unwritable(dirname(file), cause);
    // A process under a umask of 0777 was killed before its chmod.
    fs.chmodSync(file, 0o600);
    descriptor = open();
  }
  const opened = fs.fstatSync(descriptor);
  if (isLockFile(opened)) {
    // The umask can mask the owner's bits, too.
    if ((opened.mode & 0o777) !== 0o600) fs.fchmodSync(descriptor, 0o600);
    chownToParent(file, descriptor);
    return descriptor;
  }
  fs.closeSync(descriptor);
  throw pathBlockedError(file, NOT_OURS);
}

/** Is it a file that may be truncated? With a second link it would be another file, too. */
function isLockFile(stat: fs.Stats): boolean {
  const uid = ownUserId();
  return stat.isFile() && stat.nlink <= 1 && (uid === undefined || uid === 0 || stat.uid === uid);
}

/** Writes the process id, for the message of SESSION_LOCKED. The lock works without it, on a full disk for example. */
function writeHolder(descriptor: number): void {
  try {
    fs.ftruncateSync(descriptor);
    fs.writeSync(descriptor, `${ownProcessId()}\n`, 0);
  } catch {
    // The message will not name the process.
  }
}

/** The process id in the lock file. In another container or machine, it may be that of another process. */
function readHolder(file: string): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(file, 'latin1'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** A function that returns true at its first call, and then if the file has changed since the last call. */
function changeDetector(path: string): () => boolean {
  let last: string | undefined = '';
  return () => {
    const found = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    const state = found && `${found.ino}:${found.mtimeNs}`;
    const changed = state !== last;
    last = state;
    return changed;
  };
}

function locked(path: string, file: string, wait: number): OracleComputeError {
  const seconds = Math.round(wait / 1000);
  const holder = readHolder(file);
  const who = holder === undefined ? 'another process' : `another process (${holder})`;
  return new OracleComputeError('SESSION_LOCKED', `${who} has held ${path} for ${seconds} s`, {
    path,
    seconds,
    holder,
  });
}
