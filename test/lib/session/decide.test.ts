import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { decide, isLongEnough, isValid, type RenewalGoal, type SessionRules } from '../../../lib/session/decide.js';
import { expiredError, type SessionTimes } from '../../../lib/session/lifetimes.js';

const MINUTE = 60_000;

interface Session extends SessionTimes {
  readonly token: string;
}

/** A session at noon: minutes until its token and until it itself ends. */
const session = (tokenMinutes: number, sessionMinutes = 180): Session => ({
  token: 'a',
  tokenExpiresAt: tokenMinutes * MINUTE,
  sessionExpiresAt: sessionMinutes * MINUTE,
});

/** @param readings what the service's clock may show, in minutes after noon */
function rulesAt(readings: readonly number[], timesKnown?: boolean): SessionRules<Session> {
  return {
    tokenOf: ({ token }) => token,
    serviceTimes: () => readings.map((minutes) => minutes * MINUTE),
    ...(timesKnown !== undefined && { timesKnown: () => timesKnown }),
    expiredError: (times, now) => expiredError(times, now, { source: 'memory', hours: 3 }),
    missingError: () => new OracleComputeError('NO_SESSION', 'no stored session', {}),
    refusedError: () => new OracleComputeError('TOKEN_REFUSED', 'refused', { origin: 'https://x', source: 'memory' }),
  };
}

/** The decision in one word: what to do, what there is, or the code of the error. */
function decided(
  kept: Session | undefined,
  rules: SessionRules<Session>,
  goal: RenewalGoal<Session> = {},
  canLogIn = false,
): string {
  try {
    const decision = decide(kept, rules, goal, canLogIn);
    return 'act' in decision ? decision.act : decision.change;
  } catch (error) {
    return error instanceof OracleComputeError ? error.code : String(error);
  }
}

describe('a session by its times', () => {
  const REFUSED = { refused: 'a' };
  const SOON = { minValid: 10 * MINUTE };
  it.each([
    // what is kept, the clock, the wish, with and without a login at hand
    ['none', undefined, [0], {}, 'log-in', 'NO_SESSION'],
    ['none, ended on purpose', undefined, [0], { mustExist: true }, 'NO_SESSION', 'NO_SESSION'],
    ['a good token', session(20), [0], {}, 'extend', 'extend'],
    ['a good token, long enough', session(11), [0], SOON, 'long-enough', 'long-enough'],
    ['a good token, just not long enough', session(10), [0], SOON, 'extend', 'extend'],
    ['a token that ends with its session', session(20, 20), [0], {}, 'at-session-end', 'at-session-end'],
    ['a session that ends within the wish', session(9, 9), [0], SOON, 'log-in', 'at-session-end'],
    ['a session that ends at the end of the wish', session(9, 10), [0], SOON, 'log-in', 'extend'],
    ['a session that ends after the wish', session(9, 10.5), [0], SOON, 'extend', 'extend'],
    ['minSession in place of minValid', session(9, 30), [0], { ...SOON, minSession: 30 * MINUTE }, 'log-in', 'extend'],
    ['a smaller minSession', session(4, 8), [0], { ...SOON, minSession: MINUTE }, 'extend', 'extend'],
    [
      'a wish by the session that is fulfilled',
      session(11),
      [0],
      { minValid: () => 10 * MINUTE },
      'long-enough',
      'long-enough',
    ],
    ['a wish by the session', session(9, 9), [0], { minValid: () => 10 * MINUTE }, 'log-in', 'at-session-end'],
    ['a token that has expired', session(20), [20], {}, 'log-in', 'TOKEN_EXPIRED'],
    ['a session that is over', session(20, 20), [20], {}, 'log-in', 'SESSION_OVER'],
    ['a token that the service refused', session(20), [0], REFUSED, 'log-in', 'TOKEN_REFUSED'],
    ['one refused that is long enough', session(20), [0], { ...REFUSED, ...SOON }, 'log-in', 'TOKEN_REFUSED'],
    ['one both expired and refused', session(20), [20], REFUSED, 'log-in', 'TOKEN_EXPIRED'],
    ['one refused, of a session that is over', session(20, 20), [20], REFUSED, 'log-in', 'SESSION_OVER'],
    ['another one was refused', session(20), [0], { refused: 'b', ...SOON }, 'long-enough', 'long-enough'],
  ] as const)('%s', (_, kept, clock, goal, withLogin, without) => {
    const rules = rulesAt(clock);
    expect([decided(kept, rules, goal, true), decided(kept, rules, goal)]).toEqual([withLogin, without]);
  });

  // The service knows: it is asked once, and a password is not spent on a clock that may be wrong.
  it.each([
    ['in the middle of the session', session(30), [40, 0]],
    ['near the end of the session', session(175, 178), [176, 170]],
    ['at the end of the session', session(180, 180), [181, 170]],
    ['with the later reading second', session(180, 180), [181, 182, 170]],
  ] as const)('is extended, by no login, where two readings of the clock disagree %s', (_, kept, readings) => {
    const rules = rulesAt(readings);
    for (const goal of [{}, { minValid: 10 * MINUTE }, { minValid: MINUTE, minSession: 60 * MINUTE }]) {
      expect([decided(kept, rules, goal, true), decided(kept, rules, goal)]).toEqual(['extend', 'extend']);
    }
  });

  it('goes by the likely reading where another one says that it is over', () => {
    expect(decided(session(30), rulesAt([0, 40]), { minValid: 10 * MINUTE })).toBe('long-enough');
    expect(decided(session(30, 30), rulesAt([0, 40]))).toBe('at-session-end');
    expect(decided(session(30), rulesAt([50, 40]))).toBe('TOKEN_EXPIRED');
  });

  it('is refused where no reading says why it should be over', () => {
    const rules = { ...rulesAt([20]), expiredError: () => undefined };
    expect(decided(session(20), rules)).toBe('TOKEN_REFUSED');
  });

  it('is extended if its times are unknown, and replaced by a login if it was refused', () => {
    const rules = rulesAt([999], false);
    expect(decided(session(20), rules, { minValid: MINUTE }, true)).toBe('extend');
    expect(decided(session(20), rules, { refused: 'a' })).toBe('extend');
    expect(decided(session(20), rules, { refused: 'a' }, true)).toBe('log-in');
    expect(decided(session(20), rulesAt([20], true))).toBe('TOKEN_EXPIRED');
  });

  it('is over where nothing says what the time is', () => {
    expect(decided(session(20), rulesAt([]))).toBe('SESSION_OVER');
    expect(isValid(session(20), rulesAt([]))).toBe(false);
  });
});

it('lives long enough where its times are known, it was not refused, and there is something to compare with', () => {
  const enough = (goal: RenewalGoal<Session>, rules = rulesAt([0])) => isLongEnough(session(20), rules, goal);
  expect(enough({})).toBe(false);
  expect(enough({ minValid: 0 })).toBe(true);
  expect(enough({ minValid: 20 * MINUTE })).toBe(false);
  expect(enough({ minValid: 20 * MINUTE - 1 })).toBe(true);
  expect(enough({ minValid: MINUTE, refused: 'a' })).toBe(false);
  expect(enough({ minValid: MINUTE }, rulesAt([0], false))).toBe(false);
  expect(enough({ minValid: MINUTE }, rulesAt([19]))).toBe(false);
  expect(enough({ minValid: MINUTE }, rulesAt([18]))).toBe(true);
});
