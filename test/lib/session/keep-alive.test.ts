import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { keepAlive } from '../../../lib/session/keep-alive.js';

const MINUTE = 60_000;
const life = { issuedAt: 0, tokenExpiresAt: 30 * MINUTE, sessionExpiresAt: 180 * MINUTE };
type Session = typeof life;

/** Keeps a session on a clock that moves by what is slept, until `renew` has been called `calls` times. */
async function keep(renew: (now: number, calls: number) => Session, calls: number) {
  const ended = new AbortController();
  const pauses: number[] = [];
  const renewedAt: number[] = [];
  const failures: unknown[] = [];
  let now = 0;
  await keepAlive<Session>(life, {
    clock: {
      now: () => now,
      monotonic: () => now,
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
    },
    signal: ended.signal,
    issuedAt: ({ issuedAt }) => issuedAt,
    serviceTime: () => now,
    renew: async (minValid) => {
      // It is called after each pause: what lives long enough is left alone.
      if (life.tokenExpiresAt - now > minValid(life)) return life;
      renewedAt.push(now);
      if (renewedAt.length === calls) ended.abort();
      return renew(now, renewedAt.length);
    },
    onFailure: (error) => failures.push(error),
  });
  return { pauses, renewedAt, failures };
}

describe('a session that is kept alive', () => {
  it('is renewed at half of the life of its token', async () => {
    const { renewedAt } = await keep(() => life, 1);
    expect(renewedAt).toEqual([15 * MINUTE]);
  });

  it('is looked at once a minute at least, because no timer runs while a machine sleeps', async () => {
    const { pauses } = await keep(() => life, 1);
    expect(Math.max(...pauses)).toBe(MINUTE);
  });

  it('is tried again after a failure, at growing distances, and the first of several is told', async () => {
    const fail = (): never => {
      throw new OracleComputeError('UNREACHABLE', 'no', { origin: 'x', cause: 'y' });
    };
    const { pauses, failures } = await keep(fail, 4);
    expect(pauses.slice(-3)).toEqual([1000, 2000, 4000]);
    expect(failures).toHaveLength(1);
  });

  it('is looked at again before its token ends, where another host may bring a newer one', async () => {
    const { renewedAt } = await keep(() => life, 8);
    const left = renewedAt.map((now) => life.tokenExpiresAt - now);
    expect(left.slice(0, 3)).toEqual([15 * MINUTE, 14 * MINUTE, 13 * MINUTE]);
    const { renewedAt: later } = await keep(() => life, 18);
    expect(later.map((now) => life.tokenExpiresAt - now).slice(-4)).toEqual([MINUTE, 30_000, 15_000, 7500]);
  });

  it('forgets failures after a success: the next one is told, and waited after, as the first', async () => {
    const { pauses, failures } = await keep((now, calls) => {
      if (calls !== 3) throw new OracleComputeError('UNREACHABLE', `no ${calls}`, { origin: 'x', cause: 'y' });
      return { ...life, tokenExpiresAt: now + 30 * MINUTE };
    }, 5);
    expect(failures.map(String)).toEqual([expect.stringContaining('no 1'), expect.stringContaining('no 4')]);
    expect(pauses.filter((pause) => pause < MINUTE)).toEqual([1000, 2000, 1000]);
  });

  it('stays ended after a logout', async () => {
    const { renewedAt, failures } = await keep(() => {
      throw new OracleComputeError('NO_SESSION', 'gone', {});
    }, 9);
    expect([renewedAt.length, failures]).toEqual([1, []]);
  });

  it.each([
    // when it was issued and ends, the time now, the pause before it is renewed, and the end of its session
    ['half of its life is yet to come', 0, 60_000, 10_000, 20_000],
    ['it was issued later than the clock began', 100_000, 160_000, 100_000, 30_000],
    ['half of its life is over', 0, 60_000, 30_000, 15_000],
    ['most of its life is over', 0, 60_000, 40_000, 10_000],
    ['most of its life is over, at the end of a session', 0, 60_000, 40_000, 20_000, 60_000],
    ['it has expired', 0, 60_000, 70_000, 500],
    ['it never lived', 60_000, 0, 0, 500],
  ])('is renewed in time where %s', async (_, issuedAt, tokenExpiresAt, start, expected, sessionExpiresAt = 180 *
    MINUTE) => {
    const ended = new AbortController();
    const pauses: number[] = [];
    let now = start;
    await keepAlive<Session>(
      { issuedAt, tokenExpiresAt, sessionExpiresAt },
      {
        clock: {
          now: () => now,
          monotonic: () => now,
          sleep: async (milliseconds) => {
            pauses.push(milliseconds);
            now += milliseconds;
          },
        },
        signal: ended.signal,
        issuedAt: (session) => session.issuedAt,
        serviceTime: () => now,
        renew: async () => {
          ended.abort();
          return life;
        },
        onFailure: () => expect.unreachable(),
      },
    );
    expect(pauses[0]).toBe(expected);
  });

  it('is renewed no more once that is ended, in a pause or in the middle of a renewal', async () => {
    const ended = new AbortController();
    const failures: unknown[] = [];
    const options = {
      signal: ended.signal,
      issuedAt: ({ issuedAt }: Session) => issuedAt,
      serviceTime: () => 0,
      onFailure: (error: unknown) => failures.push(error),
    };
    const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
    const renew = async (): Promise<Session> => {
      ended.abort();
      throw new RangeError('cut');
    };
    await keepAlive<Session>(life, { ...options, clock, renew });
    const sleep = () => Promise.reject(ended.signal.reason);
    await keepAlive<Session>(life, { ...options, clock: { ...clock, sleep }, renew: () => expect.unreachable() });
    expect(failures).toEqual([]);
  });
});
