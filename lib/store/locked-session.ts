import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import { changesTooOften, MOST_ATTEMPTS } from '../session/renew.js';
import type { ExclusiveSession } from '../session/store.js';
import { encryptMark, encryptSession } from './encryption/shared-value.js';
import { type Agreed, type Place, reconcile, tagOf } from './reconcile.js';
import { isOutOfReach } from './redis/failure.js';
import type { Snapshot } from './redis/server.js';

/**
 * The session in the server, and its copy, while this host has the lock of both.
 *
 * @param first what the server kept when the lock was taken
 */
export function lockedSession<S extends SessionTimes>(
  place: Place<S>,
  copy: ExclusiveSession<S>,
  first: Snapshot,
): ExclusiveSession<S> {
  const { server, form, encryption, memory } = place;
  const lifeOf = (session: S) => session.sessionExpiresAt - form.now(session);
  let snapshot: Snapshot | undefined = first;
  let agreed: Agreed<S> | undefined;

  const look = async (): Promise<Agreed<S>> => {
    const seen = snapshot ?? (await server.read());
    snapshot = undefined;
    agreed = await reconcile(place, seen, copy);
    return agreed;
  };

  return {
    read: async () => (await look()).session,
    replace: async (next, expected) => {
      const current = agreed ?? (await look());
      if (current.session !== expected) return false;
      const value = encryptSession(next, current.serverAhead, form, encryption);
      if (!(await server.replace(value, current.tag, lifeOf(next)).catch(keptHere))) return false;
      agreed = { ...current, session: next, tag: tagOf(value) };
      await copy.replace(next, await copy.read());
      return true;
    },
    remove: async () => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { session, tag } = await look();
        if (!session) return copy.remove();
        const mark = encryptMark(session, form, encryption);
        if (!(await server.replace(mark, tag, lifeOf(session)))) continue;
        if (memory) await replacePrivateFile(memory.path, mark);
        return copy.remove();
      }
      throw changesTooOften(encryption.store);
    },
  };
}

/** A session that could not be put is kept by this host, and put when the server is back. */
function keptHere(error: unknown): true {
  if (isOutOfReach(error)) return true;
  throw error;
}
