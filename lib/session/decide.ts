import type { OracleComputeError } from '../errors.js';
import { expiresAfter, isExtendable, type SessionTimes, sessionOutlasts, stateOf } from './lifetimes.js';

/** Milliseconds, or a function of the session that gives them. */
export type Margin<S> = number | ((session: S) => number);

/** What a decision needs to know of one service's sessions. */
export interface SessionRules<S extends SessionTimes> {
  tokenOf(session: S): string;
  /**
   * What the service's clock may show now, the most likely first. A token has expired if it has at all of these times;
   * if they disagree, the service is asked once.
   */
  serviceTimes(session: S): readonly number[];
  /** False if the expiry of the token is unknown: only the service knows whether it is valid. */
  timesKnown?(session: S): boolean;
  /** The error for a token or session that has expired at `now`; undefined if it has not. */
  expiredError(session: S, now: number): OracleComputeError | undefined;
  /** The error if there is no session. */
  missingError(): OracleComputeError;
  /** The error for an unexpired token that the service has refused. */
  refusedError(session: S): OracleComputeError;
}

/** What the caller needs of a session. */
export interface RenewalGoal<S> {
  /** Do nothing if the token lives longer than this. Without it, the token is always extended. */
  readonly minValid?: Margin<S>;
  /** If possible, log in again if the session does not last longer than this. Default: `minValid`. */
  readonly minSession?: Margin<S>;
  /** A token that the service has refused: it is not good enough, even if it has not expired. */
  readonly refused?: string;
  /** Do not log in if there is no session: it was ended on purpose. */
  readonly mustExist?: boolean;
}

/** A result without a request, or what to do. */
export type Decision = { readonly change: 'long-enough' | 'at-session-end' } | { readonly act: 'extend' | 'log-in' };

/** Does the token meet the goal, so that no request is necessary? */
export function isLongEnough<S extends SessionTimes>(
  session: S,
  rules: SessionRules<S>,
  goal: RenewalGoal<S>,
): boolean {
  const minValid = marginOf(session, goal.minValid);
  if (minValid === undefined || rules.tokenOf(session) === goal.refused) return false;
  return rules.timesKnown?.(session) !== false && expiresAfter(session, likelyTime(session, rules), minValid);
}

/**
 * Decides what to do with a session, from its times alone.
 *
 * @throws OracleComputeError if nothing can be done
 */
export function decide<S extends SessionTimes>(
  session: S | undefined,
  rules: SessionRules<S>,
  goal: RenewalGoal<S>,
  canLogIn: boolean,
): Decision {
  if (!session) {
    if (canLogIn && !goal.mustExist) return { act: 'log-in' };
    throw rules.missingError();
  }
  const isRefused = rules.tokenOf(session) === goal.refused;
  if (rules.timesKnown?.(session) === false) return { act: isRefused && canLogIn ? 'log-in' : 'extend' };
  const times = rules.serviceTimes(session);
  const now = likelyTime(session, rules);
  const minValid = marginOf(session, goal.minValid);
  if (isLongEnough(session, rules, goal)) return { change: 'long-enough' };
  const isExpired = times.every((time) => stateOf(session, time) !== 'valid');
  const isDoubtful = !isExpired && stateOf(session, now) !== 'valid';
  const endsSoon = !isDoubtful && !sessionOutlasts(session, now, marginOf(session, goal.minSession) ?? minValid ?? 0);
  if (canLogIn && (isExpired || isRefused || endsSoon)) return { act: 'log-in' };
  if (isExpired) throw rules.expiredError(session, now) ?? rules.refusedError(session);
  if (isRefused) throw rules.refusedError(session);
  return isExtendable(session) || isDoubtful ? { act: 'extend' } : { change: 'at-session-end' };
}

/** Is the token valid now, at the most likely time of the service? */
export function isValid<S extends SessionTimes>(session: S, rules: SessionRules<S>): boolean {
  return stateOf(session, likelyTime(session, rules)) === 'valid';
}

function likelyTime<S extends SessionTimes>(session: S, rules: SessionRules<S>): number {
  return rules.serviceTimes(session)[0] ?? Number.POSITIVE_INFINITY;
}

/** A margin for this session, in milliseconds. */
export function marginOf<S>(session: S, margin: Margin<S> | undefined): number | undefined {
  return typeof margin === 'function' ? margin(session) : margin;
}
