import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { marginOf, type RenewalGoal } from '../session/decide.js';
import {
  changesTooOften,
  type LoginReason,
  MOST_ATTEMPTS,
  type Renewed,
  type RenewOptions,
  renew,
  saveIfNewer,
  type Waiting,
} from '../session/renew.js';
import type { ComputeClient, IssuedToken } from './client/client.js';
import { assertNotExpired, computeRules, newerSession } from './session-rules.js';
import { type ComputeStore, type StoredSession, sessionFromLogin } from './stored-session.js';

export interface RefreshOptions extends RenewalGoal<StoredSession> {
  /**
   * Where the password comes from, if a session that is over may be begun anew. Undefined where there is none: then
   * what can be done without it is done.
   */
  readonly reauthenticate?: (need: LoginReason) => Promise<string | undefined>;
}

export interface Sharing {
  /**
   * Waits until another host has begun a session; false where none has. One with a token that the service has refused
   * may look good for seconds yet, where this host's clock is not the service's.
   */
  readonly waitForSession?: (refused: string | undefined) => Promise<boolean>;
  /**
   * How much earlier than alone this host begins a new session, in milliseconds: so that others, which cannot, find it
   * in time, and the hosts that can do so at different moments.
   */
  readonly earlier: (session: StoredSession) => number;
}

export interface KeeperDeps {
  readonly client: ComputeClient;
  readonly store: ComputeStore;
  readonly clock: Clock;
  readonly user: string;
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  /** What there is to mind where hosts share the session. */
  readonly sharing?: Sharing;
  /** Gets a sentence for the person who waits. */
  readonly note?: (text: string) => void;
}

/** Keeps one session of Oracle Compute alive, in its store: logs in, extends the token, keeps newer ones. */
export class SessionKeeper {
  /** One that the service has refused is not sent again, however long the session is kept. */
  private refusedPassword: string | undefined;

  constructor(private readonly deps: KeeperDeps) {}

  /** Logs in and stores the new session in place of what was there. */
  async login(password: string): Promise<StoredSession> {
    const { client, store, clock, user } = this.deps;
    // A damaged or foreign file is found before the password goes out.
    await (store.assertUsable ?? store.read)();
    const session = await logIn(client, clock, user, password);
    await store.exclusively<void>(this.waiting(), async (kept) => {
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        if (await kept.replace(session, await kept.read())) return;
      }
      throw changesTooOften(store.location);
    });
    return session;
  }

  /**
   * Makes the token live longer.
   *
   * @throws OracleComputeError NO_SESSION, TOKEN_EXPIRED, SESSION_OVER (before any request), NOT_EXTENDED,
   *   TOKEN_REFUSED, SESSION_LOCKED, and what ComputeClient and the store throw
   */
  async refresh(options: RefreshOptions = {}): Promise<Renewed<StoredSession>> {
    const { sharing } = this.deps;
    let { refused } = options;
    try {
      return await this.renew(sharing ? withEarlierLogin(options, sharing) : options, ({ token }) => {
        refused = token;
      });
    } catch (error) {
      const isOver = isOracleComputeError(error, 'NO_SESSION', 'SESSION_OVER', 'TOKEN_EXPIRED', 'TOKEN_REFUSED');
      if (!isOver || !(await sharing?.waitForSession?.(refused))) throw error;
      return this.renew(options);
    }
  }

  private renew(
    options: RefreshOptions,
    onExtend?: RenewOptions<StoredSession>['onExtend'],
  ): Promise<Renewed<StoredSession>> {
    const { client, store, clock } = this.deps;
    const renewal = withLogin(options, (password) => this.logInOnce(password));
    return renew<StoredSession>(store, computeRules(client, clock, store.location), this.waiting(), {
      ...renewal,
      ...(onExtend && { onExtend }),
    });
  }

  /** Keeps a newer token that came with any answer, unless the session has moved on meanwhile. */
  async saveIfNewer(issued: IssuedToken): Promise<void> {
    const uptime = this.deps.clock.sinceBoot?.();
    await saveIfNewer(this.deps.store, this.waiting(), (current) => newerSession(current, issued, uptime));
  }

  private logInOnce(password: string): (() => Promise<StoredSession>) | undefined {
    const { client, clock, user } = this.deps;
    if (password === this.refusedPassword) return undefined;
    return async () => {
      try {
        return await logIn(client, clock, user, password);
      } catch (error) {
        if (isOracleComputeError(error, 'CREDENTIALS_REFUSED')) this.refusedPassword = password;
        throw error;
      }
    };
  }

  private waiting(): Waiting {
    const { wait, signal, note } = this.deps;
    const onWait = () => note?.('waiting for another process that uses this session');
    return { wait, onWait, ...(signal && { signal }) };
  }
}

/** Begins a session, which is kept nowhere yet. */
export async function logIn(
  client: ComputeClient,
  clock: Clock,
  user: string,
  password: string,
): Promise<StoredSession> {
  const issued = await client.authenticate(user, password);
  const session = sessionFromLogin(client.endpoint, user, issued, clock.sinceBoot?.());
  assertNotExpired(session);
  return session;
}

function withEarlierLogin(options: RefreshOptions, { earlier }: Sharing): RefreshOptions {
  const minSession = options.minSession ?? options.minValid;
  return { ...options, minSession: (session) => (marginOf(session, minSession) ?? 0) + earlier(session) };
}

/** @param login gives undefined for a password that is not to be sent */
export function withLogin(
  { reauthenticate, ...goal }: RefreshOptions,
  login: (password: string) => (() => Promise<StoredSession>) | undefined,
): RenewOptions<StoredSession> {
  if (!reauthenticate) return goal;
  return {
    ...goal,
    begin: async (need) => {
      const password = await reauthenticate(need);
      return password === undefined ? undefined : login(password);
    },
  };
}
