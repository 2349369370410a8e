import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import { changesTooOften, MOST_ATTEMPTS } from '../session/renew.js';
import type { ExclusiveOptions, ExclusiveSession } from '../session/store.js';
import { isOutOfReach, type StoreAccess } from './connection.js';
import { encryptMark, encryptSession, isTrusted, openValue, type Shared } from './encryption.js';
import { type Agreed, type Place, reconcile, tagOf } from './reconcile.js';
import { acquireRemoteLock, RedisServer, type RemoteLock, type SessionKeys, type Snapshot } from './redis-server.js';

export interface RemoteSessionOptions<S extends SessionTimes> extends Omit<Place<S>, 'server'> {
  readonly access: StoreAccess;
  readonly keys: SessionKeys;
  readonly clock: Clock;
  /** Who takes the lock, for the people who look at the store: a host and a process. */
  readonly owner: string;
  readonly signal?: AbortSignal;
}

/** How long a host waits for a server that is failing over before it goes on without, or fails. Milliseconds. */
const RETRY_BUDGET_MS = 10_000;
const SHORT_RETRY_BUDGET_MS = 2000;
const RETRY = 250;

/** What is done at the server for a host, whose copy the caller holds alone meanwhile. */
export class RemoteSession<S extends SessionTimes> {
  constructor(private readonly options: RemoteSessionOptions<S>) {}

  /** What is kept now, after the copy and the server have been brought together. */
  async read(copy: ExclusiveSession<S>): Promise<S | undefined> {
    const own = await copy.read();
    const isServing = this.isValid(own);
    try {
      return await this.withServer(async (place) => {
        const snapshot = await this.withRetries(() => place.server.read(), isServing ? 0 : SHORT_RETRY_BUDGET_MS);
        return (await reconcile(place, snapshot, copy)).session;
      });
    } catch (error) {
      if (isServing && isOutOfReach(error)) return own;
      throw error;
    }
  }

  async exclusively<T>(
    copy: ExclusiveSession<S>,
    options: ExclusiveOptions<T, S>,
    work: (kept: ExclusiveSession<S>) => Promise<T>,
  ): Promise<T> {
    return this.withServer(async (place) => {
      const own = await copy.read();
      let lock: RemoteLock | { readonly result: T };
      try {
        lock = await this.withRetries(() => this.takeLock(place, copy, options), this.retryBudget(own));
      } catch (error) {
        if (!isOutOfReach(error) || !this.isValid(own)) throw error;
        return await withoutServer(copy, work, error);
      }
      if ('result' in lock) return lock.result;
      try {
        return await work(lockedSession(place, copy, lock.snapshot));
      } finally {
        await lock.release();
      }
    });
  }

  /** What the server keeps, whatever this host has. */
  async peek(): Promise<S | undefined> {
    return this.withServer(async (place) => (await this.open(place)).session);
  }

  /** Keeps a session in place of any other that can be opened. */
  async overwrite(session: S): Promise<void> {
    await this.withServer(async (place) => {
      const life = session.sessionExpiresAt - place.form.now(session);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { tag, serverAhead } = await this.open(place);
        const value = encryptSession(session, serverAhead, place.form, place.encryption);
        if (await place.server.replace(value, tag, life)) return;
      }
      throw changesTooOften(place.encryption.store);
    });
  }

  private async open({ server, form, encryption }: Place<S>): Promise<Shared<S> & { readonly serverAhead: number }> {
    const { value, serverAhead } = await this.withRetries(() => server.read(), SHORT_RETRY_BUDGET_MS);
    return { ...openValue(value, serverAhead, form, encryption), serverAhead };
  }

  private takeLock<T>(place: Place<S>, copy: ExclusiveSession<S>, options: ExclusiveOptions<T, S>) {
    const { clock, owner, encryption } = this.options;
    const onSnapshot = async (snapshot: Snapshot) =>
      options.alreadyDone?.((await reconcile(place, snapshot, copy)).session);
    return acquireRemoteLock<T>(place.server, { ...options, clock, owner, store: encryption.store, onSnapshot });
  }

  private async withServer<T>(work: (place: Place<S>) => Promise<T>): Promise<T> {
    const { access, keys, clock } = this.options;
    const server = new RedisServer(access, keys, clock);
    try {
      return await work({ ...this.options, server });
    } finally {
      server.close();
    }
  }

  private isValid(own: S | undefined): own is S {
    const { form, encryption } = this.options;
    return own !== undefined && form.isValid(own) && isTrusted(own, form, encryption.keys);
  }

  /** A failover lasts for seconds. A token that lives much longer lets a host wait for its end. */
  private retryBudget(own: S | undefined): number {
    if (!this.isValid(own)) return SHORT_RETRY_BUDGET_MS;
    return Math.min(RETRY_BUDGET_MS, (own.tokenExpiresAt - this.options.form.now(own)) / 4);
  }

  private async withRetries<T>(work: () => Promise<T>, budget: number): Promise<T> {
    const { clock, signal } = this.options;
    const started = clock.monotonic();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        // Whom it cannot trust now, it cannot trust in a moment.
        const isOver = clock.monotonic() - started + RETRY > budget;
        if (!isOracleComputeError(error, 'STORE_UNREACHABLE') || isOver) throw error;
      }
      await clock.sleep(RETRY * (0.5 + Math.random()), signal);
    }
  }
}

/**
 * What a host does for itself while the server is out of reach: it may make its own copy live longer, and not begin a
 * session that the others could not learn of.
 */
async function withoutServer<S, T>(
  copy: ExclusiveSession<S>,
  work: (kept: ExclusiveSession<S>) => Promise<T>,
  failure: unknown,
): Promise<T> {
  const { read, replace } = copy;
  try {
    return await work({ mayLogIn: false, read, replace, remove: () => Promise.reject(failure) });
  } catch (error) {
    const needsLogin = isOracleComputeError(error, 'TOKEN_REFUSED', 'TOKEN_EXPIRED', 'SESSION_OVER', 'NO_SESSION');
    throw needsLogin ? failure : error;
  }
}

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
