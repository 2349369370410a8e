import { isOracleComputeError, OracleComputeError } from '../errors.js';
import { type Decision, decide, isLongEnough, isValid, type RenewalGoal, type SessionRules } from './decide.js';
import type { SessionTimes } from './lifetimes.js';
import type { ExclusiveOptions, SessionStore } from './store.js';

/**
 * What a renewal did. `refreshed`: the token lives longer now. `renewed-elsewhere`: another process has just done it.
 * `long-enough`: it lives longer than was asked for. `at-session-end`: it already lasts as long as its session.
 * `logged-in`: a new session has begun.
 */
export type Change = 'refreshed' | 'renewed-elsewhere' | 'long-enough' | 'at-session-end' | 'logged-in';

export interface Renewed<S> {
  readonly session: S;
  readonly change: Change;
}

/** `now`: nothing can be done without a login. `soon`: the token is good, but the end of the session is near. */
export type LoginReason = 'now' | 'soon';

/** How sessions of one service are renewed. */
export interface RenewalRules<S extends SessionTimes> extends SessionRules<S> {
  /** Gets ready what `extend` needs and what may have to be asked for. Runs before the session is locked. */
  prepare?(session: S): Promise<void>;
  /**
   * Asks the service for a token that lives longer, and makes sure that it does.
   *
   * @returns a word instead of a session where there was nothing to gain
   * @throws OracleComputeError NOT_EXTENDED, TOKEN_REFUSED, and what asking the service throws
   */
  extend(session: S): Promise<S | 'at-session-end' | 'long-enough'>;
}

export interface RenewOptions<S> extends RenewalGoal<S> {
  /**
   * Finds what a login needs, a password as a rule, and gives the login itself; undefined where there is nothing to log
   * in with. Called before the session is locked, unless the service refuses the token.
   */
  readonly begin?: (need: LoginReason) => Promise<(() => Promise<S>) | undefined>;
  /** Runs before the service is asked to extend the token. */
  readonly onExtend?: (session: S) => void;
}

export type Waiting = Pick<ExclusiveOptions<unknown>, 'wait' | 'signal' | 'onWait'>;

/** How often what is kept may change under our hands before that is called a failure. */
export const MOST_ATTEMPTS = 5;

/** The error after so many attempts to replace what is kept in `location`. */
export function changesTooOften(location: string): OracleComputeError {
  const message = `what is kept in ${location} has changed at each of ${MOST_ATTEMPTS} attempts to replace it`;
  return new OracleComputeError('SESSION_LOCKED', message, { path: location, seconds: 0 });
}

/**
 * Makes a session's token live longer: look, decide, lock, look again, act, verify, keep what is newer. Any number of
 * processes that want the same make one request, none keeps an older token in place of a newer one, and nothing is sent
 * for a session that is over.
 *
 * @throws OracleComputeError what `rules` give and throw, and what the store throws
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
  const renewed = store.exclusively<Renewed<S>>({ ...waiting, alreadyDone }, async (kept) => {
    let made: Renewed<S> | undefined;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const current = await kept.read();
      const elsewhere = renewal.renewedElsewhere(made?.session ?? before, current, made !== undefined);
      if (elsewhere) return elsewhere;
      // One request is enough: what it brought is tried again where what is kept has changed meanwhile.
      made ??= await renewal.perform(current, kept.mayLogIn !== false);
      if (made.session === current || (await kept.replace(made.session, current))) return made;
    }
    throw changesTooOften(store.location);
  });
  return renewed.catch((error: unknown) => {
    // A host that may only read what others share waits for them, as long as nobody insists on a longer life.
    const mayOnlyRead = isOracleComputeError(error, 'STORE_REFUSED') && error.fields.kind === 'NOPERM';
    const suffices = before && typeof options.minValid === 'function' && isValid(before, rules);
    if (!mayOnlyRead || !suffices || rules.tokenOf(before) === options.refused) throw error;
    return { session: before, change: 'long-enough' };
  });
}

/**
 * Keeps the session that `advance` makes of the one at hand, unless what is kept has moved on meanwhile.
 *
 * @param advance gives undefined where the session at hand is the newer one
 */
export async function saveIfNewer<S>(
  store: SessionStore<S>,
  waiting: Waiting,
  advance: (current: S) => S | undefined,
): Promise<void> {
  // Answers to parallel requests bring many tokens; most need not wait for the lock to be found too old.
  const seen = await store.read();
  if (!seen || !advance(seen)) return;
  await store.exclusively<void>(waiting, async (kept) => {
    const current = await kept.read();
    const next = current && advance(current);
    if (next) await kept.replace(next, current);
  });
}

/** One renewal, with the one login that it may make: what that needs is asked for once, and used once. */
class Renewal<S extends SessionTimes> {
  private login: (() => Promise<S>) | undefined;
  private soughtFor: LoginReason | undefined;

  constructor(
    private readonly rules: RenewalRules<S>,
    private readonly options: RenewOptions<S>,
  ) {}

  /** What can be said without a request; else what to do. */
  async decideOn(session: S | undefined, mayLogIn = true): Promise<Renewed<S> | Extract<Decision, { act: unknown }>> {
    const { rules, options } = this;
    let decision = decide(session, rules, options, mayLogIn && options.begin !== undefined);
    if ('act' in decision && decision.act === 'log-in' && !(await this.findLogin(this.needOf(session)))) {
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
   * Another process has renewed the session since we looked. Any valid token that lives longer is as good as ours; so is
   * one that lives as long as what we were about to keep.
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

  private async findLogin(need: LoginReason): Promise<boolean> {
    // What was not to be had for later may be asked for where nothing else helps.
    if (!this.login && (this.soughtFor === undefined || (this.soughtFor === 'soon' && need === 'now'))) {
      this.soughtFor = need;
      this.login = await this.options.begin?.(need);
    }
    return this.login !== undefined;
  }

  private needOf(session: S | undefined): LoginReason {
    const isGood = session && this.rules.tokenOf(session) !== this.options.refused && isValid(session, this.rules);
    return isGood ? 'soon' : 'now';
  }
}
