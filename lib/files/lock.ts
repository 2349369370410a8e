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

/** Hundreds may wait for one holder: their looking must not take the machine's time away from it. Milliseconds. */
const SHORTEST_POLL = 15;
const LONGEST_POLL = 500;
/** Most waits are over before anyone could read of them. Milliseconds. */
const WORTH_A_NOTE = 1000;
/** Says whose it is, so that it is never taken for a file of somebody else, and is not the folder of version 0.1. */
export const LOCK_ENDING = '.oracle-compute.lock';
const NOT_OURS = 'what is there is no lock file of yours';

/** The one call of fs-native-extensions that is used. Throws EAGAIN where another process holds the lock. */
type TryLock = (descriptor: number, offset: number, length: number, exclusive: boolean) => void;

export interface LockOptions<T> extends Omit<ExclusiveOptions<T>, 'alreadyDone'> {
  readonly clock: Clock;
  /** Asked while waiting, whenever the file has changed: a result ends the waiting, the other process has done the work. */
  readonly alreadyDone?: () => Promise<T | undefined>;
}

/**
 * Runs `action` while no other process holds the lock of `path`: the kernel's lock on an open file beside the place that
 * the path leads to, so that two names of one file have one lock. It ends with its holder, however that ends, and is
 * never taken from one that is stopped (docs/decisions/lock.md).
 *
 * @throws OracleComputeError SESSION_LOCKED after `wait`, FILE_UNWRITABLE and DISK_FULL where the lock file cannot be
 *   made, LOCK_UNAVAILABLE where the addon cannot be loaded, and whatever `action` throws
 */
export async function withLock<T>(path: string, options: LockOptions<T>, action: () => Promise<T>): Promise<T> {
  const { clock, signal, wait, onWait, alreadyDone } = options;
  const target = followLinks(path);
  const file = `${target}${LOCK_ENDING}`;
  await makePrivateFolder(dirname(target));
  const hasChanged = changesOf(target);
  const started = clock.monotonic();
  let poll = SHORTEST_POLL;
  let said = false;
  let lock = takeLock(file);
  while (lock === undefined) {
    const waited = clock.monotonic() - started;
    if (waited > wait) throw locked(path, file, wait);
    if (!said && waited > WORTH_A_NOTE) {
      said = true;
      onWait?.();
    }
    // The kernel's own way to wait cannot be interrupted.
    await clock.sleep(poll * (0.5 + Math.random()), signal);
    poll = Math.min(poll * 1.5, LONGEST_POLL);
    // Before the next attempt: most of those who wait need no lock any more when it is free.
    const result = hasChanged() ? await alreadyDone?.() : undefined;
    if (result !== undefined) return result;
    lock = takeLock(file);
  }
  try {
    return await action();
  } finally {
    release(file, lock);
  }
}

/**
 * Makes sure that a file can be locked, and so written beside its place, before something is done that must not be lost.
 *
 * @throws OracleComputeError as `withLock`, but for SESSION_LOCKED
 */
export async function assertLockable(path: string): Promise<void> {
  const target = followLinks(path);
  const wanted = dirname(target);
  let folder = wanted;
  // What is not there yet is made in the nearest folder that is, but not before it is needed.
  while (!fs.existsSync(folder)) folder = dirname(folder);
  try {
    fs.accessSync(`${folder}/`);
    removeFreeLock(join(folder, basename(target)));
  } catch (error) {
    if (folder === wanted && isOracleComputeError(error)) throw error;
    throw unwritable(wanted, isOracleComputeError(error) ? error.cause : error);
  }
}

/** Removes a lock file that nobody holds, as a killed process leaves one. @throws OracleComputeError as `withLock` */
export function removeFreeLock(path: string): void {
  const file = `${path}${LOCK_ENDING}`;
  const lock = takeLock(file);
  if (lock !== undefined) release(file, lock);
}

/** The descriptor that holds the lock, or undefined where another process does. */
function takeLock(file: string): number | undefined {
  const tryLock = loadTryLock();
  for (;;) {
    const descriptor = openLockFile(file);
    try {
      tryLock(descriptor, 0, 0, true);
      if (isStillAt(file, descriptor)) {
        noteHolder(descriptor);
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

/** False where the holder before us removed the file after we had opened it: others lock another one by now. */
function isStillAt(file: string, descriptor: number): boolean {
  const opened = fs.fstatSync(descriptor, { bigint: true });
  const there = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return there?.ino === opened.ino && there.dev === opened.dev;
}

function release(file: string, descriptor: number): void {
  try {
    // Removed while it is locked, so that it is no other holder's. Windows keeps the name of an open file.
    if (platform() !== 'win32') fs.unlinkSync(file);
  } catch {
    // It stays, and is free all the same.
  }
  fs.closeSync(descriptor);
}

/**
 * The addon by its place in the package, whose version is pinned: the package's own entry takes thirty times as long,
 * and does not find it under Alpine, where it runs (docs/decisions/lock.md).
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
  // What somebody else put here must not be followed (a link), and not keep us waiting (a pipe).
  const open = () => fs.openSync(file, O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o600);
  let descriptor: number;
  try {
    descriptor = open();
  } catch (cause) {
    const there = lstatOf(file);
    if (there && !isLockFile(there)) throw pathBlockedError(file, NOT_OURS, cause);
    if (!there || (there.mode & 0o600) === 0o600) throw unwritable(dirname(file), cause);
    // A process that was killed under a umask of 0777 left it before it could give the rights back.
    fs.chmodSync(file, 0o600);
    descriptor = open();
  }
  const opened = fs.fstatSync(descriptor);
  if (isLockFile(opened)) {
    // A umask can take rights from the owner, too.
    if ((opened.mode & 0o777) !== 0o600) fs.fchmodSync(descriptor, 0o600);
    chownToParent(file, descriptor);
    return descriptor;
  }
  fs.closeSync(descriptor);
  throw pathBlockedError(file, NOT_OURS);
}

/** Is it a file that we may write our number into? A second name would be that of another file. */
function isLockFile(stat: fs.Stats): boolean {
  const uid = ownUserId();
  return stat.isFile() && stat.nlink <= 1 && (uid === undefined || uid === 0 || stat.uid === uid);
}

/** Only for the message to those who wait in vain; a full disk must not keep anyone from the lock. */
function noteHolder(descriptor: number): void {
  try {
    fs.ftruncateSync(descriptor);
    fs.writeSync(descriptor, `${ownProcessId()}\n`, 0);
  } catch {
    // It stays unsaid.
  }
}

/** The process that noted itself as the holder; another machine or container may have the same number for another. */
function readHolder(file: string): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(file, 'latin1'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** A question that is answered with true at first, and whenever the file is another one than at the last question. */
function changesOf(path: string): () => boolean {
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
