import type { OracleComputeError } from '../errors.js';
import { expiresAfter, isExtendable, type SessionTimes, sessionOutlasts, stateOf } from './lifetimes.js';

/** Milliseconds, of any session or of the one at hand. */
export type Margin<S> = number | ((session: S) => number);

/** What sessions of one service are to a decision about them. */
export interface SessionRules<S extends SessionTimes> {
  tokenOf(session: S): string;
  /**
   * What the service's clock may show now, the most likely first. A token is over where all agree that it is; where
   * they do not, the service is asked once.
   */
  serviceTimes(session: S): readonly number[];
  /** False where a token says nothing of its times: only the service knows then. */
  timesKnown?(session: S): boolean;
  /** The error for a token or session that is over at `now`, or undefined where it is not. */
  expiredError(session: S, now: number): OracleComputeError | undefined;
  /** The error where there is nothing to renew. */
  missingError(): OracleComputeError;
  /** The error for a token that the service has refused although its times are good. */
  refusedError(session: S): OracleComputeError;
}

/** What is wanted of a session. */
export interface RenewalGoal<S> {
  /** Leave a token alone that lives longer than this. Without it the token is always extended. */
  readonly minValid?: Margin<S>;
  /** Begin anew a session that does not last longer than this, where that is possible; without it, `minValid`. */
  readonly minSession?: Margin<S>;
  /** A token that the service has refused: it is not good enough, whatever its times say. */
  readonly refused?: string;
  /** Do not begin a session where there is none: it has been ended on purpose. */
  readonly mustExist?: boolean;
}

/** The answer without a request, or what to do. */
export type Decision = { readonly change: 'long-enough' | 'at-session-end' } | { readonly act: 'extend' | 'log-in' };

/** Does the token live as long as is wished, so that nothing has to be asked of anyone? */
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
 * What is to be done about a session, from its times alone.
 *
 * @param canLogIn whether a login is possible
 * @throws OracleComputeError where nothing can be done
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
  const isOver = times.every((time) => stateOf(session, time) !== 'valid');
  const isDoubtful = !isOver && stateOf(session, now) !== 'valid';
  const endsSoon = !isDoubtful && !sessionOutlasts(session, now, marginOf(session, goal.minSession) ?? minValid ?? 0);
  if (canLogIn && (isOver || isRefused || endsSoon)) return { act: 'log-in' };
  if (isOver) throw rules.expiredError(session, now) ?? rules.refusedError(session);
  if (isRefused) throw rules.refusedError(session);
  return isExtendable(session) || isDoubtful ? { act: 'extend' } : { change: 'at-session-end' };
}

/** Is the token good now, as far as can be told? */
export function isValid<S extends SessionTimes>(session: S, rules: SessionRules<S>): boolean {
  return stateOf(session, likelyTime(session, rules)) === 'valid';
}

function likelyTime<S extends SessionTimes>(session: S, rules: SessionRules<S>): number {
  return rules.serviceTimes(session)[0] ?? Number.POSITIVE_INFINITY;
}

/** A margin for the session at hand, in milliseconds. */
export function marginOf<S>(session: S, margin: Margin<S> | undefined): number | undefined {
  return typeof margin === 'function' ? margin(session) : margin;
}
