import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import { changesTooOften, MOST_ATTEMPTS } from '../session/renew.js';
import type { ExclusiveOptions, ExclusiveSession } from '../session/store.js';
import { isOutOfReach, type StoreAccess } from './connection.js';
import { decryptValue, encryptMark, encryptSession, isTrusted } from './encryption.js';
import { type Reconciled, reconcile, type StoreContext, tagOf } from './reconcile.js';
import { acquireRemoteLock, RedisServer, type RemoteLock, type SessionKeys, type Snapshot } from './redis-server.js';

interface RemoteSessionOptions<S extends SessionTimes> extends Omit<StoreContext<S>, 'server'> {
  readonly access: StoreAccess;
  readonly keys: SessionKeys;
  readonly clock: Clock;
  /** The host and process that take the lock, for people who look at the store. */
  readonly owner: string;
  readonly signal?: AbortSignal;
}

/** How long a host waits for a server that is failing over, before it continues without it or fails. Milliseconds. */
const RETRY_BUDGET_MS = 10_000;
const SHORT_RETRY_BUDGET_MS = 2000;
const RETRY = 250;

/** A session in the server, for a host. The caller holds the lock of the host's copy. */
export class RemoteSession<S extends SessionTimes> {
  constructor(private readonly options: RemoteSessionOptions<S>) {}

  /** The session, after `reconcile`. */
  async read(copy: ExclusiveSession<S>): Promise<S | undefined> {
    const own = await copy.read();
    const isUsable = this.isValid(own);
    try {
      return await this.withServer(async (context) => {
        const snapshot = await this.withRetries(() => context.server.read(), isUsable ? 0 : SHORT_RETRY_BUDGET_MS);
        return (await reconcile(context, snapshot, copy)).session;
      });
    } catch (error) {
      if (isUsable && isOutOfReach(error)) return own;
      throw error;
    }
  }

  async exclusively<T>(
    copy: ExclusiveSession<S>,
    options: ExclusiveOptions<T, S>,
    work: (locked: ExclusiveSession<S>) => Promise<T>,
  ): Promise<T> {
    return this.withServer(async (context) => {
      const own = await copy.read();
      let lock: RemoteLock | { readonly result: T };
      try {
        lock = await this.withRetries(() => this.takeLock(context, copy, options), this.retryBudget(own));
      } catch (error) {
        if (!isOutOfReach(error) || !this.isValid(own)) throw error;
        return await withoutServer(copy, work, error);
      }
      if ('result' in lock) return lock.result;
      try {
        return await work(lockedSession(context, copy, lock.snapshot));
      } finally {
        await lock.release();
      }
    });
  }

  /** The server's session, regardless of this host's copy. */
  async peek(): Promise<S | undefined> {
    return this.withServer(async (context) => (await this.open(context)).session);
  }

  /** Replaces the server's session, if its value can be decrypted. */
  async overwrite(session: S): Promise<void> {
    await this.withServer(async (context) => {
      const life = session.sessionExpiresAt - context.form.now(session);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { tag, serverAhead } = await this.open(context);
        const value = encryptSession(session, serverAhead, context.form, context.encryption);
        if (await context.server.replace(value, tag, life)) return;
      }
      throw changesTooOften(context.encryption.store);
    });
  }

  private async open({ server, form, encryption }: StoreContext<S>) {
    const { value, serverAhead } = await this.withRetries(() => server.read(), SHORT_RETRY_BUDGET_MS);
    return { ...decryptValue(value, serverAhead, form, encryption), serverAhead };
  }

  private takeLock<T>(context: StoreContext<S>, copy: ExclusiveSession<S>, options: ExclusiveOptions<T, S>) {
    const { clock, owner, encryption } = this.options;
    const onSnapshot = async (snapshot: Snapshot) =>
      options.alreadyDone?.((await reconcile(context, snapshot, copy)).session);
    return acquireRemoteLock<T>(context.server, { ...options, clock, owner, store: encryption.store, onSnapshot });
  }

  private async withServer<T>(work: (context: StoreContext<S>) => Promise<T>): Promise<T> {
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

  /** A failover takes seconds. If the token lives much longer, the host can wait for the end of the failover. */
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
        // Not for STORE_TLS_FAILED: a certificate does not change in seconds.
        const isLast = clock.monotonic() - started + RETRY > budget;
        if (!isOracleComputeError(error, 'STORE_UNREACHABLE') || isLast) throw error;
      }
      await clock.sleep(RETRY * (0.5 + Math.random()), signal);
    }
  }
}

/**
 * Runs `work` while the server is out of reach: the host may extend the token of its copy, but not log in, because the
 * other hosts would not learn of the session.
 */
async function withoutServer<S, T>(
  copy: ExclusiveSession<S>,
  work: (locked: ExclusiveSession<S>) => Promise<T>,
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
 * The session in the server and its copy, while this host holds the locks of both.
 *
 * @param first the server's value when the lock was taken
 */
function lockedSession<S extends SessionTimes>(
  context: StoreContext<S>,
  copy: ExclusiveSession<S>,
  first: Snapshot,
): ExclusiveSession<S> {
  const { server, form, encryption, memory } = context;
  const lifeOf = (session: S) => session.sessionExpiresAt - form.now(session);
  let snapshot: Snapshot | undefined = first;
  let last: Reconciled<S> | undefined;

  const read = async (): Promise<Reconciled<S>> => {
    const current = snapshot ?? (await server.read());
    snapshot = undefined;
    last = await reconcile(context, current, copy);
    return last;
  };

  return {
    read: async () => (await read()).session,
    replace: async (next, expected) => {
      const current = last ?? (await read());
      if (current.session !== expected) return false;
      const value = encryptSession(next, current.serverAhead, form, encryption);
      if (!(await server.replace(value, current.tag, lifeOf(next)).catch(storeInCopyOnly))) return false;
      last = { ...current, session: next, tag: tagOf(value) };
      await copy.replace(form.noteKnown?.(next) ?? next, await copy.read());
      return true;
    },
    remove: async () => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { session, tag } = await read();
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

/** If the server is out of reach, it gets the session from this host's copy later. */
function storeInCopyOnly(error: unknown): true {
  if (isOutOfReach(error)) return true;
  throw error;
}
