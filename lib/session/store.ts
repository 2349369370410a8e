/**
 * How to take a session for oneself, and what to do while another process has it.
 *
 * @template S the session as it is kept
 */
export interface ExclusiveOptions<T, S = unknown> {
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  /** Runs once, when another process has held the session for a second. */
  readonly onWait?: () => void;
  /** Asked while waiting, whenever what is kept has changed: a result ends the waiting, the other has done the work. */
  readonly alreadyDone?: (kept: S | undefined) => Promise<T | undefined>;
}

/** What is kept, while no other process of this kind works on it. */
export interface ExclusiveSession<S> {
  /** False where no login may be made: the others who share the session could not learn of it. */
  readonly mayLogIn?: boolean;
  read(): Promise<S | undefined>;
  /**
   * Keeps `next`, if what is kept still is `expected` (undefined: nothing is kept): compare and set.
   *
   * @param expected what `read` gave last
   * @returns false where something else is kept by now; nothing is changed then
   */
  replace(next: S, expected: S | undefined): Promise<boolean>;
  /** Says whether there was something to remove. */
  remove(): Promise<boolean>;
}

/**
 * Where one session is kept: a file of this host, a store that hosts share, the memory of a test. Reading needs no
 * lock. The lock of `exclusively` saves requests; that nothing newer is overwritten rests on `replace`.
 *
 * @template S the session as it is kept
 */
export interface SessionStore<S> {
  /** Its name for people: a path, an address. */
  readonly location: string;
  /** Where this host's copy is, of a session that hosts share. */
  readonly copyLocation?: string;
  /**
   * @param suffices tells whether a session is good enough for the caller: where a store has a copy nearby that is,
   *   it looks no further. Without it, any token that has not expired is good enough.
   */
  read(suffices?: (kept: S) => boolean): Promise<S | undefined>;
  /**
   * Makes sure that a session which begins now can be kept, before a login is asked for; throws what stands in the way.
   * Without it, reading shows that.
   */
  assertUsable?(): Promise<void>;
  exclusively<T>(options: ExclusiveOptions<T, S>, work: (kept: ExclusiveSession<S>) => Promise<T>): Promise<T>;
}

/** A session in the memory of this process alone: a token from a variable, which is kept nowhere. */
export function memoryStore<S>(location: string, first: S | undefined): SessionStore<S> {
  let kept = first;
  const exclusive: ExclusiveSession<S> = {
    read: async () => kept,
    replace: async (next, expected) => {
      if (kept !== expected) return false;
      kept = next;
      return true;
    },
    remove: async () => {
      const wasKept = kept !== undefined;
      kept = undefined;
      return wasKept;
    },
  };
  return { location, read: exclusive.read, exclusively: async (_options, work) => work(exclusive) };
}
