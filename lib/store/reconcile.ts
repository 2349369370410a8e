import { readCheckedFile } from '../files/checked-file.js';
import type { FileOwner } from '../files/owner.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveSession } from '../session/store.js';
import { type Encryption, type Ended, encryptSession, isTrusted, openValue, type SharedForm } from './encryption.js';
import type { RedisServer, Snapshot } from './redis-server.js';

/** The ends of one session, as two of its tokens say them, differ by less than this. Milliseconds. */
const SAME_SESSION = 1000;

/** What is kept for all hosts, after this host's copy and the server have been brought together. */
export interface Agreed<S> {
  readonly session: S | undefined;
  /** The tag that the server's value has now, which a replacement must find. */
  readonly tag: string;
  readonly serverAhead: number;
}

export interface Place<S extends SessionTimes> {
  readonly server: RedisServer;
  readonly form: SharedForm<S>;
  readonly encryption: Encryption;
  /** Where this host notes the newest logout that it has seen: a server can give back what it kept before. */
  readonly memory: { readonly path: string; readonly owner: FileOwner } | undefined;
}

/**
 * Brings this host's copy and the server together, the newer one of both: the copy takes the server's session, and what
 * the server has lost or never got (it was restarted, or out of reach) it gets from the copy. After a logout the copy
 * goes, too. What is older than this host has seen changes nothing here: a server can give back an old value.
 *
 * @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN, and what the copy throws
 */
export async function reconcile<S extends SessionTimes>(
  place: Place<S>,
  snapshot: Snapshot,
  copy: ExclusiveSession<S>,
): Promise<Agreed<S>> {
  const { server, form, encryption } = place;
  const { serverAhead } = snapshot;
  const kept = await copy.read();
  const known = kept && isTrusted(kept, form, encryption.keys) ? kept : undefined;
  const shared = openValue(snapshot.value, serverAhead, form, encryption, known);
  const { tag } = shared;
  const ended = await newestEnd(place, snapshot, shared.ended);
  const own = isEnded(known, ended, form) ? undefined : known;
  if (kept && !own) await copy.remove();
  const found = isEnded(shared.session, ended, form) ? undefined : shared.session;
  if (own && form.isValid(own) && (!found || isNewer(own, found))) {
    const value = encryptSession(own, serverAhead, form, encryption);
    // Whoever may only read can still use what it has; whoever was too late finds what is newer at the next look.
    const put = server.replace(value, tag, own.sessionExpiresAt - form.now(own)).catch(() => false);
    return { session: own, tag: (await put) ? tagOf(value) : tag, serverAhead };
  }
  if (!found || (own && !form.isValid(found) && isNewer(own, found))) return { session: own, tag, serverAhead };
  if (!own || form.tokenOf(own) !== form.tokenOf(found)) await copy.replace(found, own);
  return { session: found, tag, serverAhead };
}

/** The newest logout that this host has seen, whose mark it notes. One under a key that is gone is forgotten. */
async function newestEnd<S extends SessionTimes>(
  { form, encryption, memory }: Place<S>,
  { value = '', serverAhead }: Snapshot,
  seen: Ended | undefined,
): Promise<Ended | undefined> {
  if (!memory) return seen;
  const file = await readCheckedFile(memory.path, { protection: 'ours', limitBytes: 4096, ...memory.owner });
  const mark = file.problem === undefined ? file.bytes.toString('latin1') : undefined;
  const isSealed = encryption.keys.some(({ id }) => mark?.split('.')[1] === id);
  const noted = isSealed ? openValue(mark, serverAhead, form, encryption).ended : undefined;
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
