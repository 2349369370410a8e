import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import { changesTooOften, MOST_ATTEMPTS } from '../session/renew.js';
import type { ExclusiveSession } from '../session/store.js';
import type { Sight } from './engine/engine.js';
import { isOutOfReach } from './engine/failure.js';
import { type Agreed, type Place, reconcile, tagOf } from './reconcile.js';
import { sealMark, sealSession } from './seal/shared-value.js';

/**
 * The session in the engine, and its copy, while this host has the lock of both.
 *
 * @param first what the engine kept when the lock was taken
 */
export function keptInEngine<S extends SessionTimes>(
  place: Place<S>,
  copy: ExclusiveSession<S>,
  first: Sight,
): ExclusiveSession<S> {
  const { engine, form, sealing, memory } = place;
  const lifeOf = (session: S) => session.sessionExpiresAt - form.now(session);
  let sight: Sight | undefined = first;
  let agreed: Agreed<S> | undefined;

  const look = async (): Promise<Agreed<S>> => {
    const seen = sight ?? (await engine.look());
    sight = undefined;
    agreed = await reconcile(place, seen, copy);
    return agreed;
  };

  return {
    read: async () => (await look()).session,
    replace: async (next, expected) => {
      const current = agreed ?? (await look());
      if (current.session !== expected) return false;
      const value = sealSession(next, current.engineAhead, form, sealing);
      if (!(await engine.put(value, current.tag, lifeOf(next)).catch(keptHere))) return false;
      agreed = { ...current, session: next, tag: tagOf(value) };
      await copy.replace(next, await copy.read());
      return true;
    },
    remove: async () => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { session, tag } = await look();
        if (!session) return copy.remove();
        const mark = sealMark(session, form, sealing);
        if (!(await engine.put(mark, tag, lifeOf(session)))) continue;
        if (memory) await replacePrivateFile(memory.path, mark);
        return copy.remove();
      }
      throw changesTooOften(sealing.store);
    },
  };
}

/** A session that could not be put is kept by this host, and put when the engine is back. */
function keptHere(error: unknown): true {
  if (isOutOfReach(error)) return true;
  throw error;
}
