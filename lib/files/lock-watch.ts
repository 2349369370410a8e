import type { Clock } from '../clock.js';
import { stat } from './at-once.js';
import { holderOf, lockFolder, removeLock } from './lock-folder.js';
import { stateOfHolder } from './lock-holder.js';

/** How often the holder of a lock touches it. All in milliseconds. */
export const HEARTBEAT = 1500;
/** A holder of which nothing is known is dead when it has shown no sign of life for this long. */
const STALE = 7000;
/** One that runs is suspended when it has shown none for this long: a busy machine may have given it no time. */
const SUSPENDED = 30_000;
const HOLDER_INTERVAL = 500;

/** What a waiter looks at between two attempts: the file and its lock, by few and cheap questions. */
export class LockWatch {
  private readonly folder: string;
  private file: string | undefined = '';
  private touched: number | undefined;
  private silentSince: number;
  private askAgain = 0;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
  ) {
    this.folder = lockFolder(path);
    this.silentSince = clock.monotonic();
  }

  /** True at first, and whenever the file is another one than at the last question. */
  async hasFileChanged(): Promise<boolean> {
    const found = await stat(this.path, { bigint: true }).catch(() => undefined);
    const file = found && `${found.ino}:${found.mtimeNs}`;
    const changed = file !== this.file;
    this.file = file;
    return changed;
  }

  /** True where the lock is gone; one whose holder is dead is removed. */
  async isFree(): Promise<boolean> {
    const lock = await stat(this.folder).catch(() => undefined);
    if (!lock) return true;
    const now = this.clock.monotonic();
    if (lock.mtimeMs !== this.touched) {
      this.touched = lock.mtimeMs;
      this.silentSince = now;
    }
    if (now < this.askAgain) return false;
    this.askAgain = now + HOLDER_INTERVAL;
    const holder = await holderOf(this.folder);
    if (!(await this.isAbandoned(holder, now - this.silentSince, lock.mtimeMs))) return false;
    return removeLock(this.folder, holder).then(
      () => true,
      () => false,
    );
  }

  /**
   * How long the holder has been silent is what the waiter has seen itself: the lock's own time was set by a clock that
   * may have been changed since then, or by another machine's. That time alone is believed only after two heartbeats.
   */
  private async isAbandoned(holder: string | undefined, silence: number, touched: number): Promise<boolean> {
    const state = holder === undefined ? 'unknown' : await stateOfHolder(holder);
    if (state === 'dead') return true;
    if (state === 'alive') return silence > SUSPENDED;
    return silence > STALE || (silence > 2 * HEARTBEAT && Date.now() - touched > STALE);
  }
}
