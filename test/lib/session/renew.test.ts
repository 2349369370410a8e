import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import type { SessionTimes } from '../../../lib/session/lifetimes.js';
import { expiredError } from '../../../lib/session/lifetimes.js';
import { type RenewalRules, renew, saveIfNewer } from '../../../lib/session/renew.js';
import { type ExclusiveSession, memoryStore, type SessionStore } from '../../../lib/session/store.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Session extends SessionTimes {
  readonly token: string;
}

const session = (token: string, tokenExpiresAt: number, sessionExpiresAt = 3 * HOUR): Session => ({
  token,
  tokenExpiresAt,
  sessionExpiresAt,
});

/** A service on a clock of the test's own, which counts what it is asked. */
class Service implements RenewalRules<Session> {
  now = 0;
  /** Where they differ from `now`. */
  readings: readonly number[] | undefined;
  extended = 0;
  prepared = 0;
  /** What `extend` gives, or throws. */
  answer: () => Session | 'at-session-end' | 'long-enough' | Promise<Session> = () =>
    session(`extended ${this.extended}`, this.now + 30 * MINUTE);

  tokenOf = ({ token }: Session) => token;
  serviceTimes = () => this.readings ?? [this.now];
  expiredError = (times: Session, now: number) => expiredError(times, now, { source: 'memory', hours: 3 });
  missingError = () => new OracleComputeError('NO_SESSION', 'no stored session', {});
  refusedError = () => refused();
  prepare = async () => {
    this.prepared += 1;
  };
  extend = async () => {
    this.extended += 1;
    return this.answer();
  };
}

function refused(): OracleComputeError {
  return new OracleComputeError('TOKEN_REFUSED', 'refused', { origin: 'https://x', source: 'memory' });
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof OracleComputeError ? error.code : error),
  );

/** A store whose content another process changes at a chosen moment. */
function sharedStore(first: Session | undefined) {
  const inner = memoryStore<Session>('shared', first);
  const hooks: { beforeLock?: () => void; beforeReplace?: () => void } = {};
  const set = (next: Session | undefined) => {
    kept = next;
  };
  let kept = first;
  const exclusive: ExclusiveSession<Session> = {
    read: async () => kept,
    replace: async (next, expected) => {
      hooks.beforeReplace?.();
      hooks.beforeReplace = undefined;
      if (kept?.token !== expected?.token) return false;
      kept = next;
      return true;
    },
    remove: async () => {
      kept = undefined;
      return true;
    },
  };
  const store: SessionStore<Session> = {
    location: inner.location,
    read: exclusive.read,
    exclusively: async (_options, work) => {
      hooks.beforeLock?.();
      return work(exclusive);
    },
  };
  return { store, hooks, set, kept: () => kept };
}

describe('a renewal', () => {
  it('extends the token, and keeps the new one', async () => {
    const service = new Service();
    const { store, kept } = sharedStore(session('old', 20 * MINUTE));
    expect(await renew(store, service, { wait: 0 })).toMatchObject({ change: 'refreshed' });
    expect(kept()?.token).toBe('extended 1');
    expect([service.extended, service.prepared]).toEqual([1, 1]);
  });

  it.each([
    ['more than enough is left', session('a', 11 * MINUTE), 'long-enough', 0],
    ['exactly as much is left', session('a', 10 * MINUTE), 'refreshed', 1],
    ['the session leaves no more', session('a', 9 * MINUTE, 9 * MINUTE), 'at-session-end', 0],
  ] as const)('with minValid, where %s', async (_, first, change, requests) => {
    const service = new Service();
    const { store } = sharedStore(first);
    expect((await renew(store, service, { wait: 0 }, { minValid: 10 * MINUTE })).change).toBe(change);
    expect(service.extended).toBe(requests);
  });

  it('of a host that may only read what others share waits for them, unless a longer life is insisted on', async () => {
    const first = session('a', 5 * MINUTE);
    const refusal = (kind: string) => () => {
      throw new OracleComputeError('STORE_REFUSED', 'no', { store: 'x', kind });
    };
    const margin = () => 10 * MINUTE;
    const outcome = async (kind: string, minValid: number | (() => number), kept = first) => {
      const { store, hooks } = sharedStore(kept);
      hooks.beforeLock = refusal(kind);
      return codeOf(
        renew(store, new Service(), { wait: 0 }, { minValid }).then(({ change }) => expect(change).toBe('long-enough')),
      );
    };
    expect(await outcome('NOPERM', margin)).toBe('succeeded');
    expect(await outcome('NOPERM', 10 * MINUTE)).toBe('STORE_REFUSED');
    expect(await outcome('WRONGPASS', margin)).toBe('STORE_REFUSED');
    expect(await outcome('NOPERM', margin, session('a', 0))).toBe('TOKEN_EXPIRED');
  });

  it('ends where what is kept changes at each attempt to replace it', async () => {
    const { store, hooks, set } = sharedStore(session('old', 20 * MINUTE));
    let changes = 0;
    const service = new Service();
    const always: typeof store.exclusively = (options, work) =>
      store.exclusively(options, (kept) =>
        work({
          ...kept,
          replace: async (next, expected) => {
            changes += 1;
            hooks.beforeReplace = () => set(session(`other ${changes}`, MINUTE));
            return kept.replace(next, expected);
          },
        }),
      );
    expect(await codeOf(renew({ ...store, exclusively: always }, service, { wait: 0 }))).toBe('SESSION_LOCKED');
    expect([changes, service.extended]).toEqual([5, 1]);
  });

  it.each([
    ['nothing is kept', undefined, 'NO_SESSION'],
    ['the token has expired', session('a', 0), 'TOKEN_EXPIRED'],
    ['the session is over', session('a', -HOUR, 0), 'SESSION_OVER'],
  ] as const)('sends nothing where %s', async (_, first, code) => {
    const service = new Service();
    const { store } = sharedStore(first);
    expect(await codeOf(renew(store, service, { wait: 0 }))).toBe(code);
    expect(service.extended).toBe(0);
  });

  it('asks once where only one reading of the clock speaks against the token', async () => {
    const service = new Service();
    service.readings = [2 * HOUR, 0];
    const { store } = sharedStore(session('a', 30 * MINUTE));
    expect((await renew(store, service, { wait: 0 }, { minValid: MINUTE })).change).toBe('refreshed');
    service.answer = () => Promise.reject(refused());
    const other = sharedStore(session('a', 30 * MINUTE));
    expect(await codeOf(renew(other.store, service, { wait: 0 }))).toBe('TOKEN_REFUSED');
    expect(service.extended).toBe(2);
  });

  it('looks no further than to a session that is long enough, and gets nothing ready that it does not need', async () => {
    const service = new Service();
    const asked: boolean[] = [];
    const kept = session('a', 11 * MINUTE);
    const store: SessionStore<Session> = {
      location: 'shared',
      read: async (suffices) => {
        asked.push(suffices?.(kept) ?? false, suffices?.(session('b', 10 * MINUTE)) ?? false);
        return kept;
      },
      exclusively: () => expect.unreachable(),
    };
    const options = { minValid: 10 * MINUTE };
    expect(await renew(store, service, { wait: 0 }, options)).toEqual({ session: kept, change: 'long-enough' });
    expect([asked, service.prepared]).toEqual([[true, false], 0]);
    // A login needs nothing of what an extension needs.
    const begin = async () => async () => session('new', 30 * MINUTE);
    await renew(sharedStore(session('a', 0)).store, service, { wait: 0 }, { begin });
    expect(service.prepared).toBe(0);
    const { prepare: _, ...without } = service;
    expect((await renew(sharedStore(session('a', MINUTE)).store, without, { wait: 0 })).change).toBe('refreshed');
  });

  it.each([
    'at-session-end',
    'long-enough',
  ] as const)('keeps nothing where the service gains nothing: %s', async (word) => {
    const service = new Service();
    service.answer = () => word;
    const first = session('a', MINUTE);
    const { store, hooks } = sharedStore(first);
    hooks.beforeReplace = () => expect.unreachable();
    expect(await renew(store, service, { wait: 0 })).toEqual({ session: first, change: word });
  });

  it('gives up where what is kept changes five times under its hands', async () => {
    const service = new Service();
    const { store, set } = sharedStore(session('0', MINUTE));
    let replaced = 0;
    const changing: SessionStore<Session> = {
      ...store,
      exclusively: (options, work) =>
        store.exclusively(options, (kept) => {
          const replace = async () => {
            replaced += 1;
            if (replaced > 20) throw new RangeError('it goes on for ever');
            set(session(String(replaced), 1));
            return false;
          };
          return work({ ...kept, replace });
        }),
    };
    expect(await codeOf(renew(changing, service, { wait: 0 }))).toBe('SESSION_LOCKED');
    expect([replaced, service.extended]).toEqual([5, 1]);
  });

  it('asks the service where the token says nothing of its times', async () => {
    const service = Object.assign(new Service(), { timesKnown: () => false });
    const { store } = sharedStore(session('opaque', -HOUR, -HOUR));
    expect((await renew(store, service, { wait: 0 }, { minValid: HOUR })).change).toBe('refreshed');
  });
});

describe('what another process has stored since', () => {
  it('is taken where it lives longer, even if not as long as asked for', async () => {
    const service = new Service();
    const { store, hooks, set } = sharedStore(session('old', MINUTE));
    hooks.beforeLock = () => set(session('theirs', 5 * MINUTE));
    const result = await renew(store, service, { wait: 0 }, { minValid: 10 * MINUTE });
    expect(result).toEqual({ change: 'renewed-elsewhere', session: session('theirs', 5 * MINUTE) });
    expect(service.extended).toBe(0);
  });

  it('is not taken where it has expired', async () => {
    const service = new Service();
    service.readings = [10 * MINUTE, 0];
    const { store, hooks, set } = sharedStore(session('old', MINUTE));
    hooks.beforeLock = () => set(session('theirs', 5 * MINUTE));
    expect((await renew(store, service, { wait: 0 })).change).toBe('refreshed');
    expect(service.extended).toBe(1);
  });

  it('is not taken where it ends earlier', async () => {
    const service = new Service();
    const { store, hooks, set } = sharedStore(session('old', 20 * MINUTE));
    hooks.beforeLock = () => set(session('theirs', 19 * MINUTE));
    expect((await renew(store, service, { wait: 0 })).change).toBe('refreshed');
  });

  it('is as good as ours where it lives as long, but not as what was there before', async () => {
    const service = new Service();
    const replaced = sharedStore(session('old', MINUTE));
    replaced.hooks.beforeReplace = () => replaced.set(session('theirs', 30 * MINUTE));
    expect(await renew(replaced.store, service, { wait: 0 })).toMatchObject({
      change: 'renewed-elsewhere',
      session: { token: 'theirs' },
    });
    // Before anything was made, one that lives no longer gains nothing.
    const { store, hooks, set } = sharedStore(session('old', MINUTE));
    hooks.beforeLock = () => set(session('theirs', MINUTE));
    expect((await renew(store, service, { wait: 0 })).change).toBe('refreshed');
    expect(service.extended).toBe(2);
    // Of ours, one that is kept already is ours.
    const shorter = sharedStore(session('old', MINUTE));
    shorter.hooks.beforeReplace = () => shorter.set(session('theirs', 29 * MINUTE));
    expect((await renew(shorter.store, service, { wait: 0 })).change).toBe('refreshed');
  });

  it('is taken where there was nothing before', async () => {
    const service = new Service();
    const begin = async () => async () => expect.unreachable();
    const { store, hooks, set } = sharedStore(undefined);
    hooks.beforeLock = () => set(session('theirs', MINUTE));
    expect((await renew(store, service, { wait: 0 }, { begin })).change).toBe('renewed-elsewhere');
  });

  it('is looked at while waiting', async () => {
    const service = new Service();
    const theirs = session('theirs', 30 * MINUTE);
    const store: SessionStore<Session> = {
      location: 'shared',
      read: (() => {
        const reads = [session('old', MINUTE)];
        return async () => reads.shift();
      })(),
      exclusively: async ({ alreadyDone }) => {
        const done = await alreadyDone?.(theirs);
        if (done === undefined) throw new Error('it waited in vain');
        return done;
      },
    };
    expect(await renew(store, service, { wait: 1 })).toEqual({ change: 'renewed-elsewhere', session: theirs });
  });

  it('is never replaced by what was made of something older', async () => {
    const service = new Service();
    const { store, hooks, set, kept } = sharedStore(session('old', MINUTE));
    hooks.beforeReplace = () => set(session('newer', 40 * MINUTE));
    expect((await renew(store, service, { wait: 0 })).change).toBe('renewed-elsewhere');
    expect(kept()?.token).toBe('newer');
    expect(service.extended).toBe(1);
  });

  it('makes no second request where it is no better than what came of the first', async () => {
    const service = new Service();
    let logins = 0;
    const begin = async () => async () => {
      logins += 1;
      return session('ours', 30 * MINUTE);
    };
    const { store, hooks, set, kept } = sharedStore(session('old', 0));
    hooks.beforeReplace = () => set(session('also over', 0));
    expect((await renew(store, service, { wait: 0 }, { begin })).change).toBe('logged-in');
    expect([logins, kept()?.token]).toEqual([1, 'ours']);
  });

  it('is gone after a logout: only a process that was asked to logs in again', async () => {
    const service = new Service();
    const begin = async () => async () => session('new', 30 * MINUTE);
    const { store, hooks, set, kept } = sharedStore(session('old', MINUTE));
    hooks.beforeLock = () => set(undefined);
    expect(await codeOf(renew(store, service, { wait: 0 }))).toBe('NO_SESSION');
    set(session('old', MINUTE));
    expect(await codeOf(renew(store, service, { wait: 0 }, { begin, mustExist: true }))).toBe('NO_SESSION');
    expect(kept()).toBeUndefined();
    set(session('old', MINUTE));
    expect((await renew(store, service, { wait: 0 }, { begin })).change).toBe('logged-in');
  });
});

describe('a login', () => {
  const loginOf = (token: string) => {
    const needs: string[] = [];
    const begin = async (need: string) => {
      needs.push(need);
      return async () => session(token, 30 * MINUTE);
    };
    return { needs, begin };
  };

  it.each([
    ['nothing is kept', undefined, 'now'],
    ['the token has expired', session('a', 0), 'now'],
    ['the session is over', session('a', 0, 0), 'now'],
    ['the session ends before minValid has passed', session('a', 5 * MINUTE, 5 * MINUTE), 'soon'],
  ] as const)('is made where %s', async (_, first, need) => {
    const service = new Service();
    const { begin, needs } = loginOf('new');
    const { store, kept } = sharedStore(first);
    expect((await renew(store, service, { wait: 0 }, { minValid: 10 * MINUTE, begin })).change).toBe('logged-in');
    expect(kept()?.token).toBe('new');
    expect(needs).toEqual([need]);
    expect(service.extended).toBe(0);
  });

  it('is made if the service refuses the token, even an unexpired one', async () => {
    const service = new Service();
    service.answer = () => Promise.reject(refused());
    const { begin } = loginOf('new');
    const { store } = sharedStore(session('a', 20 * MINUTE));
    expect((await renew(store, service, { wait: 0 }, { begin })).change).toBe('logged-in');
    const again = sharedStore(session('a', 20 * MINUTE));
    const options = { begin, minValid: MINUTE, refused: 'a' };
    expect((await renew(again.store, service, { wait: 0 }, options)).change).toBe('logged-in');
    expect(await codeOf(renew(again.store, service, { wait: 0 }, { refused: 'new' }))).toBe('TOKEN_REFUSED');
  });

  it('without a password does what can be done without one', async () => {
    const service = new Service();
    const begin = async () => undefined;
    const ending = sharedStore(session('a', 5 * MINUTE, 8 * MINUTE));
    service.answer = () => session('longer', 8 * MINUTE, 8 * MINUTE);
    expect((await renew(ending.store, service, { wait: 0 }, { minValid: 10 * MINUTE, begin })).change).toBe(
      'refreshed',
    );
    const over = sharedStore(session('a', 0, 0));
    expect(await codeOf(renew(over.store, service, { wait: 0 }, { begin }))).toBe('SESSION_OVER');
  });

  it('is sought at once where the service refuses the token, and once more where it was in vain for later', async () => {
    const service = new Service();
    service.answer = () => Promise.reject(refused());
    const good = loginOf('new');
    await renew(sharedStore(session('a', 20 * MINUTE)).store, service, { wait: 0 }, { begin: good.begin });
    expect(good.needs).toEqual(['now']);

    // Near the end of the session: the token can still be extended, but the service refuses it.
    const needs: string[] = [];
    const begin = async (need: string) => {
      needs.push(need);
      return need === 'now' ? async () => session('new', 30 * MINUTE) : undefined;
    };
    const { store, kept } = sharedStore(session('a', 5 * MINUTE, 8 * MINUTE));
    const options = { begin, minValid: 10 * MINUTE };
    expect((await renew(store, service, { wait: 0 }, options)).change).toBe('logged-in');
    expect([needs, kept()?.token]).toEqual([['soon', 'now'], 'new']);
    expect(service.extended).toBe(2);
  });

  it('is asked for once for each reason, even if no password', async () => {
    const service = new Service();
    service.answer = () => Promise.reject(refused());
    const needs: string[] = [];
    const begin = async (need: string) => {
      needs.push(need);
      return undefined;
    };
    const { store } = sharedStore(session('a', 5 * MINUTE, 8 * MINUTE));
    expect(await codeOf(renew(store, service, { wait: 0 }, { begin, minValid: 10 * MINUTE }))).toBe('TOKEN_REFUSED');
    expect(needs).toEqual(['soon', 'now']);
    needs.length = 0;
    const over = sharedStore(session('a', 0));
    expect(await codeOf(renew(over.store, service, { wait: 0 }, { begin }))).toBe('TOKEN_EXPIRED');
    expect(needs).toEqual(['now']);
  });

  it('is sought now where the service has refused the token that is kept, good as it looks', async () => {
    const { begin, needs } = loginOf('new');
    const { store } = sharedStore(session('a', 20 * MINUTE));
    const options = { begin, minValid: MINUTE, refused: 'a' };
    expect((await renew(store, new Service(), { wait: 0 }, options)).change).toBe('logged-in');
    expect(needs).toEqual(['now']);
  });

  it('is not made where two readings of the clock disagree: the service is asked once', async () => {
    for (const [ends, readings] of [
      [session('a', 175 * MINUTE, 178 * MINUTE), [176 * MINUTE, 170 * MINUTE]],
      [session('a', 180 * MINUTE, 180 * MINUTE), [181 * MINUTE, 170 * MINUTE]],
    ] as const) {
      for (const at of ['with a login at hand', 'without'] as const) {
        const service = Object.assign(new Service(), { readings });
        service.answer = () => session('extended', 200 * MINUTE, 200 * MINUTE);
        const { begin, needs } = loginOf('new');
        const { store } = sharedStore(ends);
        const options = { minValid: 10 * MINUTE, ...(at !== 'without' && { begin }) };
        expect((await renew(store, service, { wait: 0 }, options)).change).toBe('refreshed');
        expect([service.extended, needs]).toEqual([1, []]);
      }
    }
  });

  it('is not made by whom it is forbidden while the others could not learn of it', async () => {
    const service = new Service();
    service.answer = () => Promise.reject(refused());
    const { begin } = loginOf('new');
    const { store } = sharedStore(session('a', 20 * MINUTE));
    const alone: SessionStore<Session> = {
      ...store,
      exclusively: (options, work) => store.exclusively(options, (kept) => work({ ...kept, mayLogIn: false })),
    };
    expect(await codeOf(renew(alone, service, { wait: 0 }, { begin }))).toBe('TOKEN_REFUSED');
    service.now = 20 * MINUTE;
    expect(await codeOf(renew(alone, service, { wait: 0 }, { begin }))).toBe('TOKEN_EXPIRED');
  });

  it('that is refused is not made a second time', async () => {
    const service = new Service();
    let logins = 0;
    const begin = async () => async () => {
      logins += 1;
      throw new OracleComputeError('CREDENTIALS_REFUSED', 'refused', { origin: 'https://x' });
    };
    const { store, kept } = sharedStore(session('a', 0));
    expect(await codeOf(renew(store, service, { wait: 0 }, { begin }))).toBe('CREDENTIALS_REFUSED');
    expect(logins).toBe(1);
    expect(kept()?.token).toBe('a');
  });
});

describe('a newer token that came with an answer', () => {
  const advance = (token: string, tokenExpiresAt: number) => (current: Session) =>
    tokenExpiresAt > current.tokenExpiresAt ? session(token, tokenExpiresAt) : undefined;

  it('is kept', async () => {
    const { store, kept } = sharedStore(session('a', MINUTE));
    await saveIfNewer(store, { wait: 0 }, advance('b', 2 * MINUTE));
    expect(kept()?.token).toBe('b');
  });

  it('is not kept in place of one that another process has kept since it was looked at', async () => {
    const { store, hooks, set, kept } = sharedStore(session('a', MINUTE));
    hooks.beforeLock = () => set(session('c', 3 * MINUTE));
    await saveIfNewer(store, { wait: 0 }, advance('b', 2 * MINUTE));
    expect(kept()?.token).toBe('c');
  });

  it('is not waited for the lock with where it is too old, or nothing is kept', async () => {
    for (const first of [session('a', 3 * MINUTE), undefined]) {
      const { store, hooks } = sharedStore(first);
      hooks.beforeLock = () => expect.unreachable();
      await saveIfNewer(store, { wait: 0 }, advance('b', 2 * MINUTE));
    }
  });

  it('does not bring back a session that was ended', async () => {
    const { store, hooks, set, kept } = sharedStore(session('a', MINUTE));
    hooks.beforeLock = () => set(undefined);
    await saveIfNewer(store, { wait: 0 }, advance('b', 2 * MINUTE));
    expect(kept()).toBeUndefined();
  });
});
