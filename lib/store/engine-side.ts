import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import type { SessionTimes } from '../session/lifetimes.js';
import { changesTooOften, MOST_ATTEMPTS } from '../session/renew.js';
import type { ExclusiveOptions, ExclusiveSession } from '../session/store.js';
import type { StoreAccess } from './engine/connection.js';
import { Engine, type SessionKeys, type Sight } from './engine/engine.js';
import { isOutOfReach } from './engine/failure.js';
import { type RemoteLock, takeRemoteLock } from './engine/remote-lock.js';
import { keptInEngine } from './kept-session.js';
import { type Place, reconcile } from './reconcile.js';
import { isTrusted, openValue, type Shared, sealSession } from './seal/shared-value.js';

export interface EngineSideOptions<S extends SessionTimes> extends Omit<Place<S>, 'engine'> {
  readonly access: StoreAccess;
  readonly keys: SessionKeys;
  readonly clock: Clock;
  /** Who takes the lock, for the people who look at the store: a host and a process. */
  readonly owner: string;
  readonly signal?: AbortSignal;
}

/** How long a host waits for an engine that is failing over before it goes on without, or fails. Milliseconds. */
const PATIENCE = 10_000;
const IMPATIENCE = 2000;
const RETRY = 250;

/** What is done at the engine for a host, whose copy the caller holds alone meanwhile. */
export class EngineSide<S extends SessionTimes> {
  constructor(private readonly options: EngineSideOptions<S>) {}

  /** What is kept now, after the copy and the engine have been brought together. */
  async look(copy: ExclusiveSession<S>): Promise<S | undefined> {
    const own = await copy.read();
    const isServing = this.isValid(own);
    try {
      return await this.atEngine(async (place) => {
        const sight = await this.patiently(() => place.engine.look(), isServing ? 0 : IMPATIENCE);
        return (await reconcile(place, sight, copy)).session;
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
    return this.atEngine(async (place) => {
      const own = await copy.read();
      let lock: RemoteLock | { readonly result: T };
      try {
        lock = await this.patiently(() => this.takeLock(place, copy, options), this.patienceFor(own));
      } catch (error) {
        if (!isOutOfReach(error) || !this.isValid(own)) throw error;
        return await withoutEngine(copy, work, error);
      }
      if ('result' in lock) return lock.result;
      try {
        return await work(keptInEngine(place, copy, lock.sight));
      } finally {
        await lock.release();
      }
    });
  }

  /** What the engine keeps, whatever this host has. */
  async peek(): Promise<S | undefined> {
    return this.atEngine(async (place) => (await this.open(place)).session);
  }

  /** Keeps a session in place of any other that can be opened. */
  async overwrite(session: S): Promise<void> {
    await this.atEngine(async (place) => {
      const life = session.sessionExpiresAt - place.form.now(session);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const { tag, engineAhead } = await this.open(place);
        const value = sealSession(session, engineAhead, place.form, place.sealing);
        if (await place.engine.put(value, tag, life)) return;
      }
      throw changesTooOften(place.sealing.store);
    });
  }

  private async open({ engine, form, sealing }: Place<S>): Promise<Shared<S> & { readonly engineAhead: number }> {
    const { value, engineAhead } = await this.patiently(() => engine.look(), IMPATIENCE);
    return { ...openValue(value, engineAhead, form, sealing), engineAhead };
  }

  private takeLock<T>(place: Place<S>, copy: ExclusiveSession<S>, options: ExclusiveOptions<T, S>) {
    const { clock, owner, sealing } = this.options;
    const onSight = async (sight: Sight) => options.alreadyDone?.((await reconcile(place, sight, copy)).session);
    return takeRemoteLock<T>(place.engine, { ...options, clock, owner, store: sealing.store, onSight });
  }

  private async atEngine<T>(work: (place: Place<S>) => Promise<T>): Promise<T> {
    const { access, keys, clock } = this.options;
    const engine = new Engine(access, keys, clock);
    try {
      return await work({ ...this.options, engine });
    } finally {
      engine.close();
    }
  }

  private isValid(own: S | undefined): own is S {
    const { form, sealing } = this.options;
    return own !== undefined && form.isValid(own) && isTrusted(own, form, sealing.keys);
  }

  /** A failover lasts for seconds. A token that lives much longer lets a host wait for its end. */
  private patienceFor(own: S | undefined): number {
    if (!this.isValid(own)) return IMPATIENCE;
    return Math.min(PATIENCE, (own.tokenExpiresAt - this.options.form.now(own)) / 4);
  }

  private async patiently<T>(work: () => Promise<T>, patience: number): Promise<T> {
    const { clock, signal } = this.options;
    const started = clock.monotonic();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        // Whom it cannot trust now, it cannot trust in a moment.
        const isOver = clock.monotonic() - started + RETRY > patience;
        if (!isOracleComputeError(error, 'STORE_UNREACHABLE') || isOver) throw error;
      }
      await clock.sleep(RETRY * (0.5 + Math.random()), signal);
    }
  }
}

/**
 * What a host does for itself while the engine is out of reach: it may make its own copy live longer, and not begin a
 * session that the others could not learn of.
 */
async function withoutEngine<S, T>(
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
