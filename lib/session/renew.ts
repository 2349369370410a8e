import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { type Decision, decide, isLongEnough, isValid, type RenewalGoal, type SessionRules } from './decide.js';
import type { SessionTimes } from './lifetimes.js';
import type { ExclusiveOptions, SessionStore } from './store.js';

/**
 * The result of a renewal. `refreshed`: the token lives longer now. `renewed-elsewhere`: another process has just renewed
 * it. `long-enough`: it already lives long enough. `at-session-end`: it already lasts as long as its session.
 * `logged-in`: there is a new session.
 */
export type Change = 'refreshed' | 'renewed-elsewhere' | 'long-enough' | 'at-session-end' | 'logged-in';

export interface Renewed<S> {
  readonly session: S;
  readonly change: Change;
}

/** `now`: nothing works without a login. `soon`: the token is valid, but its session ends soon. */
export type LoginReason = 'now' | 'soon';

/** How sessions of one service are renewed. */
export interface RenewalRules<S extends SessionTimes> extends SessionRules<S> {
  /** Prepares for `extend`, and asks the user what it needs. Runs before the session is locked. */
  prepare?(session: S): Promise<void>;
  /**
   * Requests a token that lives longer, and checks that it does.
   *
   * @returns a `Change` instead of a session if the token could not become newer
   * @throws OracleComputeError NOT_EXTENDED, TOKEN_REFUSED, and what the request throws
   */
  extend(session: S): Promise<S | 'at-session-end' | 'long-enough'>;
}

export interface RenewOptions<S> extends RenewalGoal<S> {
  /**
   * Gets what a login needs, usually a password, and returns a function that logs in; undefined if there is no password.
   * Called before the session is locked, except after the service has refused the token.
   */
  readonly begin?: (reason: LoginReason) => Promise<(() => Promise<S>) | undefined>;
  /** Gets the session, before the service is asked to extend its token. */
  readonly onExtend?: (session: S) => void;
}

export type Waiting = Pick<ExclusiveOptions<unknown>, 'wait' | 'signal' | 'onWait'>;

/** How often a session may change between read and replace before that is an error. */
export const MOST_ATTEMPTS = 5;

/** The error after MOST_ATTEMPTS attempts to replace the session in `location`. */
export function changesTooOften(location: string): OracleComputeError {
  const message = `the session in ${location} has changed during each of ${MOST_ATTEMPTS} attempts to replace it`;
  return new OracleComputeError('SESSION_LOCKED', message, { path: location, seconds: 0 });
}

/**
 * Makes a session's token live longer: read, decide, lock, read again, act, verify, replace if newer. Any number of
 * processes with the same goal send one request, no older token replaces a newer one, and no request is sent for an
 * expired session.
 *
 * @throws OracleComputeError the errors of `rules` and of the store
 */
export async function renew<S extends SessionTimes>(
  store: SessionStore<S>,
  rules: RenewalRules<S>,
  waiting: Waiting,
  options: RenewOptions<S> = {},
): Promise<Renewed<S>> {
  const renewal = new Renewal(rules, options);
  const before = await store.read((session) => isLongEnough(session, rules, options));
  const first = await renewal.decideOn(before);
  if ('session' in first) return first;
  if (before && first.act === 'extend') await rules.prepare?.(before);
  const alreadyDone = async (current: S | undefined) => renewal.renewedElsewhere(before, current);
  const renewed = store.exclusively<Renewed<S>>({ ...waiting, alreadyDone }, async (locked) => {
    let made: Renewed<S> | undefined;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const current = await locked.read();
      const elsewhere = renewal.renewedElsewhere(made?.session ?? before, current, made !== undefined);
      if (elsewhere) return elsewhere;
      // One request is enough: if the session has changed since, its result is stored at the next attempt.
      made ??= await renewal.perform(current, locked.mayLogIn !== false);
      if (made.session === current || (await locked.replace(made.session, current))) return made;
    }
    throw changesTooOften(store.location);
  });
  return renewed.catch((error: unknown) => {
    // A host with read-only access uses the shared token as long as it is valid, unless a fixed `minValid` was requested.
    const mayOnlyRead = isOracleComputeError(error, 'STORE_REFUSED') && error.fields.kind === 'NOPERM';
    const suffices = before && typeof options.minValid === 'function' && isValid(before, rules);
    if (!mayOnlyRead || !suffices || rules.tokenOf(before) === options.refused) throw error;
    return { session: before, change: 'long-enough' };
  });
}

/**
 * Stores the session that `advance` makes of the stored one.
 *
 * @param advance returns undefined if the stored session is the newer one
 */
export async function saveIfNewer<S>(
  store: SessionStore<S>,
  waiting: Waiting,
  advance: (current: S) => S | undefined,
): Promise<void> {
  // Parallel requests get many tokens in their answers; most are too old, which a read without the lock shows.
  const seen = await store.read();
  if (!seen || !advance(seen)) return;
  await store.exclusively<void>(waiting, async (locked) => {
    const current = await locked.read();
    const next = current && advance(current);
    if (next) await locked.replace(next, current);
  });
}

/** One renewal, with at most one login, whose password is asked for once. */
class Renewal<S extends SessionTimes> {
  private login: (() => Promise<S>) | undefined;
  private lastReason: LoginReason | undefined;

  constructor(
    private readonly rules: RenewalRules<S>,
    private readonly options: RenewOptions<S>,
  ) {}

  /** The result, if no request is necessary; otherwise what to do. */
  async decideOn(session: S | undefined, mayLogIn = true): Promise<Renewed<S> | Extract<Decision, { act: unknown }>> {
    const { rules, options } = this;
    let decision = decide(session, rules, options, mayLogIn && options.begin !== undefined);
    if ('act' in decision && decision.act === 'log-in' && !(await this.findLogin(this.reasonOf(session)))) {
      decision = decide(session, rules, options, false);
    }
    if ('act' in decision) return decision;
    if (!session) throw rules.missingError();
    return { session, change: decision.change };
  }

  async perform(session: S | undefined, mayLogIn: boolean): Promise<Renewed<S>> {
    const decided = await this.decideOn(session, mayLogIn);
    if ('session' in decided) return decided;
    if (!session || decided.act === 'log-in') return this.logIn();
    this.options.onExtend?.(session);
    try {
      const next = await this.rules.extend(session);
      return typeof next === 'string' ? { session, change: next } : { session: next, change: 'refreshed' };
    } catch (error) {
      if (!mayLogIn || !isOracleComputeError(error, 'TOKEN_REFUSED') || !(await this.findLogin('now'))) throw error;
      return this.logIn();
    }
  }

  /**
   * The result, if another process has renewed the session since `before` was read: a valid token that lives longer.
   *
   * @param isEqualEnough accept one that lives as long, too
   */
  renewedElsewhere(before: S | undefined, current: S | undefined, isEqualEnough = false): Renewed<S> | undefined {
    const { rules } = this;
    if (!current || (before && rules.tokenOf(current) === rules.tokenOf(before))) return undefined;
    const gain = current.tokenExpiresAt - (before?.tokenExpiresAt ?? 0);
    const isGood = (gain > 0 || (isEqualEnough && gain === 0)) && isValid(current, rules);
    return isGood ? { session: current, change: 'renewed-elsewhere' } : undefined;
  }

  private async logIn(): Promise<Renewed<S>> {
    const login = this.login;
    if (!login) throw this.rules.missingError();
    return { session: await login(), change: 'logged-in' };
  }

  private async findLogin(reason: LoginReason): Promise<boolean> {
    // A password that was not available for `soon` may be asked for if nothing else works.
    if (!this.login && (this.lastReason === undefined || (this.lastReason === 'soon' && reason === 'now'))) {
      this.lastReason = reason;
      this.login = await this.options.begin?.(reason);
    }
    return this.login !== undefined;
  }

  private reasonOf(session: S | undefined): LoginReason {
    const isGood = session && this.rules.tokenOf(session) !== this.options.refused && isValid(session, this.rules);
    return isGood ? 'soon' : 'now';
  }
}
