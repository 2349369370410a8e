import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { canReach, hasRoom, outlives, stateOf } from '../session/lifetimes.js';
import { type ComputeClient, type IssuedToken, tokenRefused } from './client/client.js';
import { ceilingError, isNewer, noSession, refuseStillborn, verifiedExtension } from './session-rules.js';
import type { ExclusiveOptions, ExclusiveSession, SessionStore } from './session-store.js';
import { type StoredSession, serviceTime, sessionFromLogin, sessionWithToken } from './stored-session.js';

/** What `refresh` did: the token was good enough; it was extended; another process extended it; a login began anew. */
export type RefreshAction = 'kept' | 'extended' | 'taken' | 'logged in' | 'at the end';

export interface RefreshResult {
  readonly session: StoredSession;
  readonly action: RefreshAction;
}

/** `now`: nothing can be done without a login. `soon`: the token is good, but the end of the session is near. */
export type LoginNeed = 'now' | 'soon';

/** Milliseconds, of any session or of the one at hand. */
export type Margin = number | ((session: StoredSession) => number);

export interface RefreshOptions {
  /**
   * Leave a token alone that lives longer than this. Without it the token is always extended.
   */
  readonly minValid?: Margin;
  /** Begin anew a session that does not last longer than this, where that is possible; without it, `minValid`. */
  readonly minSession?: Margin;
  /**
   * Where the password comes from, if a session that is over may be begun anew. Undefined where there is none: then
   * what can be done without it is done.
   */
  readonly reauthenticate?: (need: LoginNeed) => Promise<string | undefined>;
  /** A token that the service has refused: it is not good enough, whatever its times say. */
  readonly refused?: string;
}

export interface SessionKeeperOptions {
  readonly client: ComputeClient;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly user: string;
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  /** Gets a sentence for the person who waits. */
  readonly note?: (text: string) => void;
}

/**
 * Keeps one stored session alive: logs in, extends the token within the documented ceilings (Oracle Compute Cloud
 * Service CLI, chapter Authentication: 30 minutes from now, not beyond 3 hours from login), and never does for a
 * second process what another has just done.
 */
export class SessionKeeper {
  constructor(private readonly options: SessionKeeperOptions) {}

  /** Logs in and stores the new session in place of what was there. */
  async login(password: string): Promise<StoredSession> {
    const { store } = this.options;
    // A damaged or foreign file is found before the password goes out.
    await store.read();
    const session = await this.newSession(password);
    await store.exclusively(this.exclusive(), async (exclusive) => {
      await exclusive.read();
      await exclusive.replace(session);
    });
    return session;
  }

  /**
   * Makes the token live longer.
   *
   * @throws OracleComputeError NO_SESSION, TOKEN_EXPIRED, SESSION_OVER (before any request), NOT_EXTENDED,
   *   TOKEN_REFUSED, SESSION_LOCKED, and what ComputeClient and the store throw
   */
  async refresh(options: RefreshOptions = {}): Promise<RefreshResult> {
    const { store } = this.options;
    const before = await store.read();
    const settled = this.settle(before, options);
    if (settled) return settled;
    const prepared = await this.askFirst(before, options);
    if ('session' in prepared) return prepared;

    return store.exclusively<RefreshResult>(
      this.exclusive(async () => this.takeRenewed(before, await store.read())),
      async (exclusive) => {
        const current = await exclusive.read();
        const renewed = this.takeRenewed(before, current) ?? this.settle(current, prepared);
        return renewed ?? this.renew(exclusive, current, prepared);
      },
    );
  }

  /** Keeps a newer token that came with any answer, unless the session has moved on meanwhile. */
  async adopt(issued: IssuedToken): Promise<void> {
    const { store } = this.options;
    const withIssued = (current: StoredSession | undefined) => {
      const next = current && sessionWithToken(current, issued);
      return current && next && isNewer(current, next) ? next : undefined;
    };
    // Answers to parallel requests bring many tokens; most need not wait for the lock to be found too old.
    if (!withIssued(await store.read())) return;
    await store.exclusively(this.exclusive(), async (exclusive) => {
      const next = withIssued(await exclusive.read());
      if (next) await exclusive.replace(next);
    });
  }

  /** How to take the lock; `settled` is looked at while another process has it. */
  private exclusive<T>(settled?: () => Promise<T | undefined>): ExclusiveOptions<T> {
    const { wait, signal, note } = this.options;
    return { wait, signal, settled, onWait: () => note?.('waiting for another process that uses this session') };
  }

  /** What can be said without a request and without the lock: nothing to do, or nothing that can be done. */
  private settle(session: StoredSession | undefined, options: RefreshOptions): RefreshResult | undefined {
    const { client, clock, store } = this.options;
    if (!session) {
      if (options.reauthenticate) return undefined;
      throw noSession(store.location);
    }
    const now = serviceTime(session, clock);
    const minValid = marginOf(session, options.minValid);
    const isRefused = session.token === options.refused;
    if (!isRefused && minValid !== undefined && outlives(session, now, minValid)) return { session, action: 'kept' };
    if (this.needsLogin(session, options)) return undefined;
    const over = ceilingError(session, now, store.location);
    if (over) throw over;
    if (isRefused) throw tokenRefused(client.endpoint, store.location);
    return hasRoom(session) ? undefined : { session, action: 'at the end' };
  }

  private needsLogin(session: StoredSession | undefined, options: RefreshOptions): boolean {
    if (!options.reauthenticate) return false;
    if (!session || session.token === options.refused) return true;
    const now = serviceTime(session, this.options.clock);
    return (
      stateOf(session, now) !== 'valid' ||
      !canReach(session, now, marginOf(session, options.minSession ?? options.minValid) ?? 0)
    );
  }

  /** Asks for the password before the session is locked. Where there is none, a login is out of the question. */
  private async askFirst(
    session: StoredSession | undefined,
    options: RefreshOptions,
  ): Promise<RefreshOptions | RefreshResult> {
    if (!this.needsLogin(session, options)) return options;
    const password = await this.askPassword(session, options);
    if (password !== undefined) return { ...options, reauthenticate: async () => password };
    const without = { ...options, reauthenticate: undefined };
    return this.settle(session, without) ?? without;
  }

  private async askPassword(session: StoredSession | undefined, options: RefreshOptions) {
    const { refused, reauthenticate } = options;
    const isGood = session !== undefined && session.token !== refused && this.isValid(session);
    return reauthenticate?.(isGood ? 'soon' : 'now');
  }

  private isValid(session: StoredSession): boolean {
    return stateOf(session, serviceTime(session, this.options.clock)) === 'valid';
  }

  /** Another process renewed the session since we looked: its result is ours. */
  private takeRenewed(
    before: StoredSession | undefined,
    current: StoredSession | undefined,
  ): RefreshResult | undefined {
    if (!current || current.token === before?.token) return undefined;
    const livesLonger = current.tokenExpiresAt > (before?.tokenExpiresAt ?? 0);
    return livesLonger && this.isValid(current) ? { session: current, action: 'taken' } : undefined;
  }

  private async renew(
    exclusive: ExclusiveSession,
    current: StoredSession | undefined,
    options: RefreshOptions,
  ): Promise<RefreshResult> {
    const { client, store } = this.options;
    if (!current || this.needsLogin(current, options)) {
      const password = await this.askPassword(current, options);
      if (password !== undefined) return this.loginAgain(exclusive, password);
      const settled = this.settle(current, { ...options, reauthenticate: undefined });
      if (settled) return settled;
      if (!current) throw noSession(store.location);
    }
    let issued: IssuedToken | undefined;
    try {
      issued = await client.refresh(current.token, store.location, () => store.prepare());
    } catch (error) {
      const refused = isOracleComputeError(error, 'TOKEN_REFUSED');
      const password = refused ? await options.reauthenticate?.('now') : undefined;
      if (password !== undefined) return this.loginAgain(exclusive, password);
      throw error;
    }
    const session = verifiedExtension(current, issued);
    await exclusive.replace(session);
    return { session, action: 'extended' };
  }

  private async loginAgain(exclusive: ExclusiveSession, password: string): Promise<RefreshResult> {
    const session = await this.newSession(password);
    await exclusive.replace(session);
    return { session, action: 'logged in' };
  }

  private async newSession(password: string): Promise<StoredSession> {
    const { client, store, user } = this.options;
    const issued = await client.authenticate(user, password, () => store.prepare());
    const session = sessionFromLogin(client.endpoint, user, issued);
    refuseStillborn(session);
    return session;
  }
}

/** A margin for one session, in milliseconds. */
export function marginOf(session: StoredSession, margin: Margin | undefined): number | undefined {
  return typeof margin === 'function' ? margin(session) : margin;
}
