import type { Clock } from '../clock.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveOptions, ExclusiveSession, SessionStore } from '../session/store.js';
import type { RemoteSession } from './remote-session.js';

/** A store that hosts share. */
export interface SharedStore<S extends SessionTimes> extends SessionStore<S> {
  readonly copyLocation: string;
  /** Waits up to `wait` milliseconds for another host to log in. @returns whether there is a session that suffices */
  waitForSession(wait: number, suffices: (session: S) => boolean): Promise<boolean>;
}

interface SharedStoreOptions<S extends SessionTimes> {
  /** The server's address, for messages. */
  readonly location: string;
  /** Is the token valid now? */
  readonly isValid: (session: S) => boolean;
  /** As in encryption.ts. */
  readonly isTrusted?: (session: S) => Promise<boolean>;
  /** Has this host compared the session with the store before? If not, the store gets a session that it lacks. */
  readonly isKnown?: (session: S) => boolean;
  /** Loads the code and reads the files for requests. Called for each operation, since a process may run for days. */
  readonly openRemoteSession: () => Promise<RemoteSession<S>>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** How long the processes of a host wait for the one that asks the server. Milliseconds. */
const HOST_WAIT = 60_000;
const SESSION_POLL = 300;

/**
 * A session that hosts share in a server, with a copy on this host. If the copy is good enough, no code for the server
 * is loaded and no request is sent. One process of a host at a time asks the server: the one with the copy's lock.
 *
 * @throws OracleComputeError from all its functions: STORE_UNREACHABLE and STORE_TLS_FAILED if the copy is not good
 *   enough; STORE_REFUSED, STORE_KEY_UNKNOWN, STORE_VALUE_DAMAGED, SESSION_LOCKED, and what `openRemoteSession` throws
 */
export function sharedStore<S extends SessionTimes>(
  copy: SessionStore<S>,
  options: SharedStoreOptions<S>,
): SharedStore<S> {
  const { clock, isValid, isTrusted = async () => true, isKnown = () => true } = options;
  const { openRemoteSession, signal } = options;
  const read = async (suffices: (candidate: S) => boolean = isValid): Promise<S | undefined> => {
    const found = async (candidate: S | undefined) =>
      candidate && suffices(candidate) && isKnown(candidate) && (await isTrusted(candidate))
        ? { session: candidate }
        : undefined;
    const own = await found(await copy.read());
    if (own) return own.session;
    const { session } = await copy.exclusively<{ readonly session: S | undefined }>(
      { wait: HOST_WAIT, alreadyDone: found, signal },
      async (lockedCopy) =>
        (await found(await lockedCopy.read())) ?? { session: await (await openRemoteSession()).read(lockedCopy) },
    );
    return session;
  };
  return {
    location: options.location,
    copyLocation: copy.location,
    read,
    exclusively: <T>(exclusive: ExclusiveOptions<T, S>, work: (locked: ExclusiveSession<S>) => Promise<T>) =>
      copy.exclusively(exclusive, async (lockedCopy) =>
        (await openRemoteSession()).exclusively(lockedCopy, exclusive, work),
      ),
    removeCopy: (exclusive) => copy.exclusively(exclusive, (lockedCopy) => lockedCopy.remove()),
    assertUsable: async () => {
      await copy.assertUsable?.();
      await (await openRemoteSession()).peek();
    },
    waitForSession: async (wait, suffices) => {
      const started = clock.monotonic();
      const isUsable = (session: S) => isValid(session) && suffices(session);
      for (;;) {
        const session = await read(isUsable);
        if (session && isUsable(session)) return true;
        if (clock.monotonic() - started > wait) return false;
        await clock.sleep(SESSION_POLL * (0.5 + Math.random()), signal);
      }
    },
  };
}
