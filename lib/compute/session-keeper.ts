import type { Clock } from '../clock.js';
import { OracleComputeError } from '../errors.js';
import { formatInstant } from '../session/instant.js';
import { canReach, hasRoom, outlives, stateOf } from '../session/lifetimes.js';
import type { ComputeClient, IssuedToken } from './client.js';
import type { ExclusiveSession, SessionStore } from './session-store.js';
import { type StoredSession, serviceTime, sessionFromLogin, sessionWithToken } from './stored-session.js';
import { readTokenClaims } from './token.js';

/** What `refresh` did: the token was good enough; it was extended; another process extended it; a login began anew. */
export type RefreshAction = 'kept' | 'extended' | 'taken' | 'logged in' | 'at the end';

export interface RefreshResult {
  readonly session: StoredSession;
  readonly action: RefreshAction;
}

export interface RefreshOptions {
  /** Leave a token alone that lives longer than this, in milliseconds. Without it the token is always extended. */
  readonly minValid?: number;
  /** Where the password comes from, if a session that is over may be begun anew. */
  readonly reauthenticate?: () => Promise<string>;
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
    const { client, store, user } = this.options;
    // A damaged or foreign file is found before the password goes out.
    await store.read();
    const session = sessionFromLogin(client.endpoint, user, await client.authenticate(user, password));
    refuseStillborn(session);
    await store.exclusively(this.exclusive(), async (exclusive) => {
      await exclusive.read();
      await exclusive.replace(session);
    });
    return session;
  }

  /**
   * Makes the token live longer.
   *
   * @throws OracleComputeError NO_SESSION, TOKEN_EXPIRED, SESSION_OVER (before any request), NOT_EXTENDED, SESSION_LOCKED,
   *   and what ComputeClient and the store throw
   */
  async refresh(options: RefreshOptions = {}): Promise<RefreshResult> {
    const { store } = this.options;
    const before = await store.read();
    const settled = this.settle(before, options);
    if (settled) return settled;
    // A password that has to be asked for is asked for before the session is locked.
    if (options.reauthenticate && this.needsLogin(before, options)) await options.reauthenticate();

    return store.exclusively<RefreshResult>(
      { ...this.exclusive(), settled: async () => this.takeRenewed(before, await store.read()) },
      async (exclusive) => {
        const current = await exclusive.read();
        const renewed = this.takeRenewed(before, current) ?? this.settle(current, options);
        return renewed ?? this.renew(exclusive, current, options);
      },
    );
  }

  /** Keeps a newer token that came with any answer, unless the session has moved on meanwhile. */
  async adopt(issued: IssuedToken): Promise<void> {
    await this.options.store.exclusively(this.exclusive(), async (exclusive) => {
      const current = await exclusive.read();
      if (!current || current.token === issued.value) return;
      const next = sessionWithToken(current, issued);
      if (hasMoved(current, next)) await exclusive.replace(next);
    });
  }

  private exclusive() {
    const { wait, signal, note } = this.options;
    return { wait, signal, onWait: () => note?.('waiting for another process that uses this session') };
  }

  /** What can be said without a request and without the lock: nothing to do, or nothing that can be done. */
  private settle(session: StoredSession | undefined, options: RefreshOptions): RefreshResult | undefined {
    const { clock, store } = this.options;
    if (!session) {
      if (options.reauthenticate) return undefined;
      throw new OracleComputeError('NO_SESSION', 'there is no stored session', { path: store.location });
    }
    const now = serviceTime(session, clock);
    if (options.minValid !== undefined && outlives(session, now, options.minValid)) return { session, action: 'kept' };
    if (this.needsLogin(session, options)) return undefined;
    const over = ceilingError(session, now, store.location);
    if (over) throw over;
    return hasRoom(session) ? undefined : { session, action: 'at the end' };
  }

  private needsLogin(session: StoredSession | undefined, options: RefreshOptions): boolean {
    if (!options.reauthenticate) return false;
    if (!session) return true;
    const now = serviceTime(session, this.options.clock);
    return stateOf(session, now) !== 'valid' || !canReach(session, now, options.minValid ?? 0);
  }

  /** Another process renewed the session since we looked: its result is ours. */
  private takeRenewed(
    before: StoredSession | undefined,
    current: StoredSession | undefined,
  ): RefreshResult | undefined {
    if (!current || current.token === before?.token) return undefined;
    const isNewer = current.tokenExpiresAt > (before?.tokenExpiresAt ?? 0);
    const isValid = stateOf(current, serviceTime(current, this.options.clock)) === 'valid';
    return isNewer && isValid ? { session: current, action: 'taken' } : undefined;
  }

  private async renew(
    exclusive: ExclusiveSession,
    current: StoredSession | undefined,
    options: RefreshOptions,
  ): Promise<RefreshResult> {
    const { client, store, user } = this.options;
    if (!current || this.needsLogin(current, options)) return this.loginAgain(exclusive, options);
    let issued: IssuedToken | undefined;
    try {
      issued = await client.refresh(current.token, store.location);
    } catch (error) {
      const refused = error instanceof OracleComputeError && error.code === 'TOKEN_REFUSED';
      if (refused && options.reauthenticate && user) return this.loginAgain(exclusive, options);
      throw error;
    }
    const session = verifiedExtension(current, issued);
    await exclusive.replace(session);
    return { session, action: 'extended' };
  }

  private async loginAgain(exclusive: ExclusiveSession, options: RefreshOptions): Promise<RefreshResult> {
    const { client, user, store } = this.options;
    if (!options.reauthenticate) {
      throw new OracleComputeError('NO_SESSION', 'there is no stored session', { path: store.location });
    }
    const password = await options.reauthenticate();
    const session = sessionFromLogin(client.endpoint, user, await client.authenticate(user, password));
    refuseStillborn(session);
    await exclusive.replace(session);
    return { session, action: 'logged in' };
  }
}

/** TOKEN_EXPIRED or SESSION_OVER where `now` is past a ceiling. The session's end is the graver of the two. */
export function ceilingError(
  times: Pick<StoredSession, 'tokenExpiresAt' | 'sessionExpiresAt'>,
  now: number,
  source: string,
): OracleComputeError | undefined {
  const { tokenExpiresAt, sessionExpiresAt } = times;
  switch (stateOf(times, now)) {
    case 'valid':
      return undefined;
    case 'session-over':
      return new OracleComputeError('SESSION_OVER', `the 3-hour session ended at ${formatInstant(sessionExpiresAt)}`, {
        endedAt: sessionExpiresAt,
        source,
      });
    case 'token-expired':
      return new OracleComputeError('TOKEN_EXPIRED', `the token expired at ${formatInstant(tokenExpiresAt)}`, {
        expiredAt: tokenExpiresAt,
        source,
      });
  }
}

/** The session after a refresh, once it is shown that the token does live longer. */
export function verifiedExtension(current: StoredSession, issued: IssuedToken | undefined): StoredSession {
  const next = issued && sessionWithToken(current, issued);
  if (next && hasMoved(current, next)) return next;
  const expiresAt = current.tokenExpiresAt;
  throw new OracleComputeError(
    'NOT_EXTENDED',
    `the service did not extend the token: it still expires at ${formatInstant(expiresAt)}`,
    {
      expiresAt,
    },
  );
}

/** Where a token says nothing of its times, another token is all that can be seen of an extension. */
function hasMoved(current: StoredSession, next: StoredSession): boolean {
  if (next.token === current.token) return false;
  const readable = readTokenClaims(next.token).tokenExpiresAt !== undefined;
  return readable ? next.tokenExpiresAt > current.tokenExpiresAt : next.tokenExpiresAt >= current.tokenExpiresAt - 1000;
}

function refuseStillborn(session: StoredSession): void {
  if (stateOf(session, session.issuedAt) === 'valid') return;
  const origin = session.endpoint;
  const reason = 'its token had expired before it was issued';
  throw new OracleComputeError('UNUSABLE_COOKIE', `${origin} sent a cookie that cannot be used: ${reason}`, {
    origin,
    reason,
  });
}
