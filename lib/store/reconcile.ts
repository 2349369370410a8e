import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveSession } from '../session/store.js';
import type { Engine, Sight } from './engine/engine.js';
import { openValue, type Sealing, type SharedForm, sealSession } from './seal/shared-value.js';

/** The ends of one session, as two of its tokens say them, differ by less than this. Milliseconds. */
const SAME_SESSION = 1000;

/** What is kept for all hosts, after this host's copy and the engine have been brought together. */
export interface Agreed<S> {
  readonly session: S | undefined;
  /** The tag that the engine's value has now, which a replacement must find. */
  readonly tag: string;
  readonly engineAhead: number;
}

export interface Place<S extends SessionTimes> {
  readonly engine: Engine;
  readonly form: SharedForm<S>;
  readonly sealing: Sealing;
}

/**
 * Brings this host's copy and the engine together, the newer one of both: the copy takes the engine's session, and what
 * the engine has lost or never got (it was restarted, or out of reach) it gets from the copy. After a logout the copy
 * goes, too.
 *
 * @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN, and what the copy throws
 */
export async function reconcile<S extends SessionTimes>(
  { engine, form, sealing }: Place<S>,
  sight: Sight,
  copy: ExclusiveSession<S>,
): Promise<Agreed<S>> {
  const { engineAhead } = sight;
  const shared = openValue(sight.value, engineAhead, form, sealing);
  const own = await copy.read();
  if (own && isAhead(own, shared, form)) {
    const value = sealSession(own, engineAhead, form, sealing);
    // Whoever may only read can still use what it has; whoever was too late finds what is newer at the next look.
    const put = engine.put(value, shared.tag, own.sessionExpiresAt - form.now(own)).catch(() => false);
    return { session: own, tag: (await put) ? tagOf(value) : shared.tag, engineAhead };
  }
  if (shared.endedAt !== undefined) {
    if (own) await copy.remove();
    return { session: undefined, tag: shared.tag, engineAhead };
  }
  if (shared.session && (!own || form.tokenOf(own) !== form.tokenOf(shared.session))) {
    await copy.replace(shared.session, own);
  }
  return { session: shared.session ?? own, tag: shared.tag, engineAhead };
}

/** Should the engine have this host's copy? */
function isAhead<S extends SessionTimes>(
  own: S,
  shared: { readonly session?: S; readonly endedAt?: number },
  form: SharedForm<S>,
): boolean {
  if (!form.isValid(own)) return false;
  if (shared.endedAt !== undefined) return own.sessionExpiresAt > shared.endedAt + SAME_SESSION;
  return shared.session === undefined || isNewer(own, shared.session);
}

/** Does one last longer than the other: its session, or its token where both are of one session? */
export function isNewer(one: SessionTimes, other: SessionTimes): boolean {
  const later = one.sessionExpiresAt - other.sessionExpiresAt;
  return Math.abs(later) > SAME_SESSION ? later > 0 : one.tokenExpiresAt > other.tokenExpiresAt;
}

export function tagOf(value: string): string {
  return value.slice(0, value.indexOf('.'));
}
