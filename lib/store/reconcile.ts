import { readCheckedFile } from '../files/checked-file.js';
import type { FileOwner } from '../files/owner.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveSession } from '../session/store.js';
import {
  decryptValue,
  type Encryption,
  encryptSession,
  isTrusted,
  type LogoutMark,
  type SharedForm,
} from './encryption.js';
import type { RedisServer, Snapshot } from './redis-server.js';

/** Two tokens of one session state its end with less difference than this. Milliseconds. */
const SAME_SESSION = 1000;

/** The session that this host's copy and the server agree on. */
export interface Reconciled<S> {
  readonly session: S | undefined;
  /** The tag of the server's value now, for `replace`. */
  readonly tag: string;
  readonly serverAhead: number;
}

export interface StoreContext<S extends SessionTimes> {
  readonly server: RedisServer;
  readonly form: SharedForm<S>;
  readonly encryption: Encryption;
  /** The file with the newest logout that this host knows: a server may return an older value. */
  readonly memory: { readonly path: string; readonly owner: FileOwner } | undefined;
}

/**
 * Gives this host's copy and the server the newer session of both: the copy gets the server's, and the server gets what
 * it has lost, or missed while it was out of reach. After a logout the copy is removed, too. A server's value that is
 * older than the copy changes nothing: it may come from a backup or a replica.
 *
 * @throws OracleComputeError STORE_VALUE_DAMAGED, STORE_KEY_UNKNOWN, and the errors of the copy
 */
export async function reconcile<S extends SessionTimes>(
  context: StoreContext<S>,
  snapshot: Snapshot,
  copy: ExclusiveSession<S>,
): Promise<Reconciled<S>> {
  const { server, form, encryption } = context;
  const { serverAhead } = snapshot;
  const stored = await copy.read();
  const known = stored && isTrusted(stored, form, encryption.keys) ? stored : undefined;
  const shared = decryptValue(snapshot.value, serverAhead, form, encryption, known);
  const { tag } = shared;
  const ended = await newestLogout(context, snapshot, shared.ended);
  const own = isEnded(known, ended, form) ? undefined : known;
  if (stored && !own) await copy.remove();
  const found = isEnded(shared.session, ended, form) ? undefined : shared.session;
  if (own && form.isValid(own) && (!found || isNewer(own, found))) {
    const value = encryptSession(own, serverAhead, form, encryption);
    // If the write is refused or too late, the copy still works; the next read finds the newer session.
    const life = own.sessionExpiresAt - form.now(own);
    const isReplaced = await server.replace(value, tag, life).catch(() => false);
    return { session: await noteKnown(own, form, copy), tag: isReplaced ? tagOf(value) : tag, serverAhead };
  }
  if (!found || (own && !form.isValid(found) && isNewer(own, found))) return { session: own, tag, serverAhead };
  if (!own || form.tokenOf(own) !== form.tokenOf(found)) await copy.replace(found, own);
  else await noteKnown(own, form, copy);
  return { session: found, tag, serverAhead };
}

async function noteKnown<S extends SessionTimes>(own: S, form: SharedForm<S>, copy: ExclusiveSession<S>): Promise<S> {
  const noted = form.noteKnown?.(own);
  if (noted) await copy.replace(noted, own);
  return noted ?? own;
}

/** The newest logout that this host knows, and remembers in its file. One under a key that is gone is forgotten. */
async function newestLogout<S extends SessionTimes>(
  { form, encryption, memory }: StoreContext<S>,
  { value = '', serverAhead }: Snapshot,
  seen: LogoutMark | undefined,
): Promise<LogoutMark | undefined> {
  if (!memory) return seen;
  const file = await readCheckedFile(memory.path, { protection: 'private', limitBytes: 4096, ...memory.owner });
  const mark = file.problem === undefined ? file.bytes.toString('latin1') : undefined;
  const isKnownKey = encryption.keys.some(({ id }) => mark?.split('.')[1] === id);
  const known = isKnownKey ? decryptValue(mark, serverAhead, form, encryption).ended : undefined;
  if (!seen || (known && known.endedAt >= seen.endedAt)) return known;
  await replacePrivateFile(memory.path, value);
  return seen;
}

function isEnded<S extends SessionTimes>(
  session: S | undefined,
  ended: LogoutMark | undefined,
  { startedAt }: SharedForm<S>,
): boolean {
  if (!session || !ended || session.sessionExpiresAt > ended.endedAt + SAME_SESSION) return false;
  return startedAt === undefined || startedAt(session) <= ended.startedAt;
}

/** Does one's session last longer than the other's, or its token, if it is the same session? */
export function isNewer(one: SessionTimes, other: SessionTimes): boolean {
  const later = one.sessionExpiresAt - other.sessionExpiresAt;
  return Math.abs(later) > SAME_SESSION ? later > 0 : one.tokenExpiresAt > other.tokenExpiresAt;
}

export function tagOf(value: string): string {
  return value.slice(0, value.indexOf('.'));
}
