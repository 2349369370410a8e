import { describe, expect, it } from 'vitest';
import {
  COMPUTE_LIFETIMES,
  clockOffset,
  expiredError,
  expiresAfter,
  isExtendable,
  isInstant,
  limitTimes,
  OCI_LIFETIMES,
  renewalMargin,
  sessionOutlasts,
  stateOf,
  timesAtLogin,
  timesAtRefresh,
} from '../../../lib/session/lifetimes.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T = Date.UTC(2026, 0, 1);

describe('the documented lifetimes', () => {
  it('are 30 minutes in 3 hours for Oracle Compute, 1 hour in 24 for OCI', () => {
    expect(timesAtLogin(COMPUTE_LIFETIMES, T)).toEqual({
      tokenExpiresAt: T + 30 * MINUTE,
      sessionExpiresAt: T + 3 * HOUR,
    });
    expect(timesAtLogin(OCI_LIFETIMES, T)).toEqual({ tokenExpiresAt: T + HOUR, sessionExpiresAt: T + 24 * HOUR });
  });

  it.each([
    ['earlier claims count', { tokenExpiresAt: T + 5 * MINUTE, sessionExpiresAt: T + HOUR }, 5 * MINUTE, HOUR],
    ['later claims do not', { tokenExpiresAt: T + HOUR, sessionExpiresAt: T + 9 * HOUR }, 30 * MINUTE, 3 * HOUR],
    ['a session that ends before its token ends it', { sessionExpiresAt: T + 10 * MINUTE }, 10 * MINUTE, 10 * MINUTE],
  ])('at login: %s', (_, claims, token, session) => {
    expect(timesAtLogin(COMPUTE_LIFETIMES, T, claims)).toEqual({
      tokenExpiresAt: T + token,
      sessionExpiresAt: T + session,
    });
  });

  it.each([
    ['a refresh counts from its own moment', 20 * MINUTE, {}, 50 * MINUTE],
    ['never past the end of the session', 170 * MINUTE, {}, 180 * MINUTE],
    [
      'not even when the token says so',
      170 * MINUTE,
      { tokenExpiresAt: T + 9 * HOUR, sessionExpiresAt: T + 9 * HOUR },
      180 * MINUTE,
    ],
    ['to the millisecond', 150 * MINUTE, {}, 180 * MINUTE],
    ['and one before', 150 * MINUTE - 1, {}, 180 * MINUTE - 1],
  ])('at refresh: %s', (_, at, claims, token) => {
    const times = timesAtRefresh(COMPUTE_LIFETIMES, T + at, T + 3 * HOUR, claims);
    expect(times).toEqual({ tokenExpiresAt: T + token, sessionExpiresAt: T + 3 * HOUR });
  });
});

describe('times from a file or a shared store', () => {
  const kept = { startedAt: T, issuedAt: T + HOUR, tokenExpiresAt: T + 90 * MINUTE, sessionExpiresAt: T + 3 * HOUR };
  const far = Date.UTC(2100, 0);

  it.each([
    ['stay as they are if a login and a refresh could have given them', {}, undefined, {}],
    ['end 30 minutes after the token was issued', { tokenExpiresAt: far }, undefined, {}],
    ['end 3 hours after the session began', { sessionExpiresAt: far }, undefined, {}],
    [
      'end where they say, if that is earlier',
      { tokenExpiresAt: T + 61 * MINUTE },
      undefined,
      { tokenExpiresAt: T + 61 * MINUTE },
    ],
    [
      'begin no later than now',
      { startedAt: far, issuedAt: far, tokenExpiresAt: far, sessionExpiresAt: far },
      T,
      { startedAt: T, issuedAt: T, tokenExpiresAt: T + 30 * MINUTE, sessionExpiresAt: T + 3 * HOUR },
    ],
    ['begin no later than the token was issued', { startedAt: far }, undefined, { startedAt: T + HOUR }],
  ])('%s', (_, said, now, limited) => {
    expect(limitTimes(COMPUTE_LIFETIMES, { ...kept, ...said }, now)).toEqual({ ...kept, ...limited });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e300, '7', null, undefined])('%j is no instant', (value) => {
    expect(isInstant(value)).toBe(false);
  });

  it('that are no numbers are over', () => {
    expect(stateOf({ tokenExpiresAt: Number.NaN, sessionExpiresAt: T }, 0)).toBe('token-expired');
    expect(stateOf({ tokenExpiresAt: T, sessionExpiresAt: Number.NaN }, 0)).toBe('session-over');
  });
});

describe('the state of a session', () => {
  const times = timesAtLogin(COMPUTE_LIFETIMES, T);
  it.each([
    [0, 'valid'],
    [30 * MINUTE - 1, 'valid'],
    [30 * MINUTE, 'token-expired'],
    [3 * HOUR - 1, 'token-expired'],
    [3 * HOUR, 'session-over'],
    [30 * HOUR, 'session-over'],
  ])('%i ms after login it is %s', (after, state) => {
    expect(stateOf(times, T + after)).toBe(state);
  });

  it('expiresAfter a margin only if more than the margin is left', () => {
    expect(expiresAfter(times, T, 30 * MINUTE - 1)).toBe(true);
    expect(expiresAfter(times, T, 30 * MINUTE)).toBe(false);
    expect(expiresAfter(times, T + 30 * MINUTE, 0)).toBe(false);
    expect(expiresAfter({ tokenExpiresAt: T + 2, sessionExpiresAt: T }, T, 0)).toBe(false);
  });

  it('has room until the token ends with the session', () => {
    expect(isExtendable(times)).toBe(true);
    expect(isExtendable({ tokenExpiresAt: T, sessionExpiresAt: T })).toBe(false);
    // The service computes the two ends microseconds apart; that is no room.
    expect(isExtendable({ tokenExpiresAt: T - 1000, sessionExpiresAt: T })).toBe(false);
    expect(isExtendable({ tokenExpiresAt: T - 1001, sessionExpiresAt: T })).toBe(true);
  });

  it('can reach a margin while the session leaves more than it', () => {
    expect(sessionOutlasts(times, T + 170 * MINUTE, 10 * MINUTE - 1)).toBe(true);
    expect(sessionOutlasts(times, T + 170 * MINUTE, 10 * MINUTE)).toBe(false);
  });
});

describe('the offset of the service’s clock', () => {
  it.each([
    [undefined, 0],
    [Number.NaN, 0],
    [T + 4999, 0],
    [T - 4999, 0],
    [T + 5000, 5000],
    [T - 5000.4, -5000],
    [T + 2 * HOUR, 2 * HOUR],
    [T - 2 * HOUR, -2 * HOUR],
  ])('for a Date of %s is %i', (serverTime, offset) => {
    expect(clockOffset(serverTime, T)).toBe(offset);
  });
});

describe('the margin that a token is renewed with', () => {
  it.each([
    [30 * MINUTE, 2 * MINUTE],
    [4 * MINUTE, 2 * MINUTE],
    [3 * MINUTE, 1.5 * MINUTE],
    [0, 0],
    [-MINUTE, 0],
  ])('of a life of %i ms is %i ms where two minutes are the most', (life, margin) => {
    const token = { issuedAt: T, tokenExpiresAt: T + life, sessionExpiresAt: T + 3 * HOUR };
    expect(renewalMargin(token, 2 * MINUTE)).toBe(margin);
  });
});

describe('the error of a session', () => {
  const times = timesAtLogin(COMPUTE_LIFETIMES, Date.UTC(2026, 2, 1, 12));
  const origin = { source: 'OPC_COOKIE', hours: 3 };

  it('is undefined while it is valid', () => {
    expect(expiredError(times, times.tokenExpiresAt - 1, origin)).toBeUndefined();
  });

  it.each([
    ['its token', times.tokenExpiresAt, 'TOKEN_EXPIRED', 'the token expired at 2026-03-01 12:30:00 UTC', 'expiredAt'],
    [
      'itself',
      times.sessionExpiresAt,
      'SESSION_OVER',
      'the 3-hour session ended at 2026-03-01 15:00:00 UTC',
      'endedAt',
    ],
  ])('names the end of %s, and where the token came from', (_, now, code, message, field) => {
    const fields = { [field]: now, source: 'OPC_COOKIE' };
    const error = expiredError(times, now, origin);
    expect(error).toMatchObject({ code, message });
    expect(error?.fields).toEqual(fields);
    expect(expiredError(times, now, { ...origin, cloud: 'oci' })?.fields).toEqual({ ...fields, cloud: 'oci' });
  });
});
