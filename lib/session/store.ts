import { isOracleComputeError } from '../errors.js';

/**
 * How to lock a session, and what to do while another process has locked it.
 *
 * @template S the stored session
 */
export interface ExclusiveOptions<T, S = unknown> {
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  /** Runs once, when another process has held the session for a second. */
  readonly onWait?: () => void;
  /** Called during the wait, each time that the session has changed. A result ends the wait: the work is done. */
  readonly alreadyDone?: (session: S | undefined) => Promise<T | undefined>;
}

/** A stored session, locked for this process. */
export interface ExclusiveSession<S> {
  /** False if no login may be made, because the hosts that share the session would not learn of it. */
  readonly mayLogIn?: boolean;
  read(): Promise<S | undefined>;
  /**
   * Compare and set: stores `next`, if the stored session still is `expected` (undefined: there is no session).
   *
   * @param expected the last result of `read`
   * @returns false, and changes nothing, if the store has another session now
   */
  replace(next: S, expected: S | undefined): Promise<boolean>;
  /** @returns whether there was a session */
  remove(): Promise<boolean>;
}

/**
 * The store of one session: a file, a store that hosts share, the memory of a test. Reading needs no lock. The lock of
 * `exclusively` only saves requests; `replace` makes sure that no newer session is overwritten.
 *
 * @template S the stored session
 */
export interface SessionStore<S> {
  /** For messages: a path or an address. */
  readonly location: string;
  /** The path of this host's copy of a shared session. */
  readonly copyLocation?: string;
  /**
   * @param suffices whether a session is good enough for the caller: a store does not look further than a copy that is.
   *   By default, any token that has not expired is good enough.
   */
  read(suffices?: (session: S) => boolean): Promise<S | undefined>;
  /**
   * Checks that a new session can be stored, before anyone logs in. Without it, `read` throws if it cannot.
   */
  assertUsable?(): Promise<void>;
  exclusively<T>(options: ExclusiveOptions<T, S>, work: (locked: ExclusiveSession<S>) => Promise<T>): Promise<T>;
  /** Removes this host's copy of a shared session, and leaves the shared one. */
  removeCopy?(options: ExclusiveOptions<boolean, S>): Promise<boolean>;
}

/**
 * Ends a session here and for the hosts that share it. If the shared store fails, the session still ends here.
 *
 * @returns whether there was a session here or in the store; `untold`: the error of the store
 */
export async function endSession<S>(store: SessionStore<S>, options: ExclusiveOptions<boolean, S>) {
  try {
    return { wasStored: await store.exclusively<boolean>(options, (locked) => locked.remove()) };
  } catch (untold) {
    if (!store.removeCopy || !isOracleComputeError(untold) || !untold.code.startsWith('STORE_')) throw untold;
    return { wasStored: await store.removeCopy(options), untold };
  }
}

/** A session in the memory of this process: a token from a variable, which is not stored anywhere else. */
export function memoryStore<S>(location: string, first: S | undefined): SessionStore<S> {
  let stored = first;
  const exclusive: ExclusiveSession<S> = {
    read: async () => stored,
    replace: async (next, expected) => {
      if (stored !== expected) return false;
      stored = next;
      return true;
    },
    remove: async () => {
      const wasStored = stored !== undefined;
      stored = undefined;
      return wasStored;
    },
  };
  return { location, read: exclusive.read, exclusively: async (_options, work) => work(exclusive) };
}
