import { readCheckedFile } from '../files/checked-file.js';
import type { FileOwner } from '../files/owner.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveSession } from '../session/store.js';
import type { Engine, Sight } from './engine/engine.js';
import { type Ended, isTrusted, openValue, type Sealing, type SharedForm, sealSession } from './seal/shared-value.js';

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
  /** Where this host notes the newest logout that it has seen: an engine can give back what it kept before. */
  readonly memory: { readonly path: string; readonly owner: FileOwner } | undefined;
}

/**
 * Brings this host's copy and the engine together, the newer one of both: the copy takes the engine's session, and what
 * the engine has lost or never got (it was restarted, or out of reach) it gets from the copy. After a logout the copy
 * goes, too. What is older than this host has seen changes nothing here: an engine can give back an old value.
 *
 * @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN, and what the copy throws
 */
export async function reconcile<S extends SessionTimes>(
  place: Place<S>,
  sight: Sight,
  copy: ExclusiveSession<S>,
): Promise<Agreed<S>> {
  const { engine, form, sealing } = place;
  const { engineAhead } = sight;
  const kept = await copy.read();
  const known = kept && isTrusted(kept, form, sealing.keys) ? kept : undefined;
  const shared = openValue(sight.value, engineAhead, form, sealing, known);
  const { tag } = shared;
  const ended = await newestEnd(place, sight, shared.ended);
  const own = isEnded(known, ended, form) ? undefined : known;
  if (kept && !own) await copy.remove();
  const found = isEnded(shared.session, ended, form) ? undefined : shared.session;
  if (own && form.isValid(own) && (!found || isNewer(own, found))) {
    const value = sealSession(own, engineAhead, form, sealing);
    // Whoever may only read can still use what it has; whoever was too late finds what is newer at the next look.
    const put = engine.put(value, tag, own.sessionExpiresAt - form.now(own)).catch(() => false);
    return { session: own, tag: (await put) ? tagOf(value) : tag, engineAhead };
  }
  if (!found || (own && !form.isValid(found) && isNewer(own, found))) return { session: own, tag, engineAhead };
  if (!own || form.tokenOf(own) !== form.tokenOf(found)) await copy.replace(found, own);
  return { session: found, tag, engineAhead };
}

/** The newest logout that this host has seen, whose mark it notes. One under a key that is gone is forgotten. */
async function newestEnd<S extends SessionTimes>(
  { form, sealing, memory }: Place<S>,
  { value = '', engineAhead }: Sight,
  seen: Ended | undefined,
): Promise<Ended | undefined> {
  if (!memory) return seen;
  const file = await readCheckedFile(memory.path, { protection: 'ours', limitBytes: 4096, ...memory.owner });
  const mark = file.problem === undefined ? file.bytes.toString('latin1') : undefined;
  const isSealed = sealing.keys.some(({ id }) => mark?.split('.')[1] === id);
  const noted = isSealed ? openValue(mark, engineAhead, form, sealing).ended : undefined;
  if (!seen || (noted && noted.endedAt >= seen.endedAt)) return noted;
  await replacePrivateFile(memory.path, value);
  return seen;
}

function isEnded<S extends SessionTimes>(
  session: S | undefined,
  ended: Ended | undefined,
  { startedAt }: SharedForm<S>,
): boolean {
  if (!session || !ended || session.sessionExpiresAt > ended.endedAt + SAME_SESSION) return false;
  return startedAt === undefined || startedAt(session) <= ended.startedAt;
}

/** Does one last longer than the other: its session, or its token where both are of one session? */
export function isNewer(one: SessionTimes, other: SessionTimes): boolean {
  const later = one.sessionExpiresAt - other.sessionExpiresAt;
  return Math.abs(later) > SAME_SESSION ? later > 0 : one.tokenExpiresAt > other.tokenExpiresAt;
}

export function tagOf(value: string): string {
  return value.slice(0, value.indexOf('.'));
}
