import type { ExclusiveSession, SessionStore } from './store.js';

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
