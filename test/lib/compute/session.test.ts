import { expect, it } from 'vitest';
import { ComputeSession, type Sharing } from '../../../lib/compute/session.js';
import { type StoredSession, serviceTimes } from '../../../lib/compute/stored-session.js';
import { createHttpClient } from '../../../lib/environment.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { memoryStore } from '../../../lib/session/store.js';
import { computeBench, MINUTE } from '../../support/compute.js';
import { testClock } from '../../support/test-context.js';

const PATH = '/account/Compute-acme/default';

async function sessionBench(sharing?: Sharing) {
  const bench = await computeBench();
  const { service, clock } = bench;
  const http = createHttpClient({ clock, timeout: 30_000, userAgent: 'test' });
  const store = memoryStore<StoredSession>('memory', undefined);
  const login: { password: string | undefined } = { password: undefined };
  const session = new ComputeSession({
    http,
    store,
    clock,
    endpoint: service.origin,
    user: service.user,
    password: async () => login.password,
    wait: 0,
    sharing,
  });
  return { ...bench, store, session, login };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

it('sends a refused password once, however often the session is renewed', async () => {
  const { session, login, service, pass } = await sessionBench();
  await session.begin(service.password);
  pass(4 * 60 * MINUTE);
  const refresh = (password: string) => {
    login.password = password;
    return codeOf(session.refresh());
  };
  const logins = () => service.requests.filter(({ path }) => path === '/authenticate/').length;
  expect(await refresh('wrong')).toBe('CREDENTIALS_REFUSED');
  expect(await refresh('wrong')).toBe('SESSION_OVER');
  expect(logins()).toBe(2);
  expect(await refresh(service.password)).toBe('succeeded');
  expect(logins()).toBe(3);
});

it('waits for another host to replace the very token that the service refused', async () => {
  const waits: (string | undefined)[] = [];
  const { session, service, store, pass } = await sessionBench({
    earlier: () => 0,
    waitForSession: async (refused) => {
      waits.push(refused);
      return false;
    },
  });
  const { token } = await session.begin(service.password);
  pass(MINUTE);
  expect(await codeOf(session.refresh())).toBe('succeeded');
  expect(waits).toEqual([]);
  pass(MINUTE);
  service.faults.once('/refresh/', { status: 401 });
  const kept = await store.read();
  expect(kept?.token).not.toBe(token);
  expect(await codeOf(session.refresh())).toBe('TOKEN_REFUSED');
  expect(waits).toEqual([kept?.token]);
});

it('renews a token that might expire during a request, and uses the last one almost to its end', async () => {
  const { session, login, service, pass } = await sessionBench();
  await session.begin(service.password);
  const call = async () => expect(await session.request('GET', PATH)).toMatchObject({ status: 200 });
  pass(28 * MINUTE - 1000);
  await call();
  expect(service.refreshes).toBe(0);
  pass(1001);
  await call();
  expect(service.refreshes).toBe(1);
  for (let minute = 28; minute < 175; minute += 25) {
    pass(25 * MINUTE);
    await session.refresh();
  }
  login.password = service.password;
  pass(1 * MINUTE);
  await call();
  pass(35_000);
  await call();
  expect(service.logins).toBe(1);
  pass(10_000);
  await call();
  expect(service.logins).toBe(2);
});

it('sends a request once more with another token if the service refuses the first', async () => {
  const { session, login, service, store } = await sessionBench();
  const { token } = await session.begin(service.password);
  login.password = service.password;
  service.faults.once(PATH, { status: 401 });
  expect(await session.request('GET', PATH)).toMatchObject({ status: 200 });
  expect((await store.read())?.token).not.toBe(token);
  expect(service.logins).toBe(2);
});

it('gives a program a token that lives for a while, or says that it does not', async () => {
  const { session, service, pass } = await sessionBench();
  const { token } = await session.begin(service.password);
  pass(19 * MINUTE);
  expect((await session.lasting()).token).toBe(token);
  pass(2 * MINUTE);
  expect((await session.lasting()).token).not.toBe(token);
  pass(MINUTE);
  expect(await codeOf(session.lasting(31 * MINUTE))).toBe('TOKEN_ENDS_SOON');
});

it('refreshes for a time, and says if no token lives as long, unless only the session’s end prevents it', async () => {
  const { session, service, pass } = await sessionBench();
  await session.begin(service.password);
  expect((await session.renewFor(29 * MINUTE)).change).toBe('long-enough');
  pass(MINUTE);
  expect(await codeOf(session.renewFor(31 * MINUTE))).toBe('TOKEN_ENDS_SOON');
  for (let rounds = 0; rounds < 7; rounds++) {
    pass(25 * MINUTE);
    await session.renewFor(undefined).catch(() => undefined);
  }
  expect((await session.renewFor(21 * MINUTE)).change).toBe('at-session-end');
  expect(await codeOf(session.renewFor(31 * MINUTE))).toBe('TOKEN_ENDS_SOON');
  expect((await session.renewFor(undefined)).change).toBe('at-session-end');
});

it('keeps a session fresh until it is told to stop, and tells of the first failure', async () => {
  const { session, service, clock, store } = await sessionBench();
  const first = await session.begin(service.password);
  const ended = new AbortController();
  const failures: unknown[] = [];
  let naps = 0;
  const jumping = {
    ...clock,
    now: () => clock.time,
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds;
      naps += 1;
      if (naps === 3) service.faults.once('/refresh/', { status: 401 });
      if (service.refreshes >= 3) ended.abort();
    },
  };
  await session.with({ clock: jumping }).keepAlive({ signal: ended.signal, onFailure: (e) => failures.push(e) }, first);
  expect((await store.read())?.token).not.toBe(first.token);
  expect(failures).toEqual([expect.objectContaining({ code: 'TOKEN_REFUSED' })]);
});

it('tells the service’s time by how long the machine has run, and else by its clock in both ways', () => {
  const clock = testClock(50 * MINUTE);
  const session = { clockOffset: 60 * MINUTE, issuedAt: 100 * MINUTE, uptime: { boot: 'a', milliseconds: 1000 } };
  expect(serviceTimes(session, clock)).toEqual([110 * MINUTE, 50 * MINUTE]);
  expect(serviceTimes({ ...session, clockOffset: 0 }, clock)).toEqual([50 * MINUTE]);
  const running = { ...clock, sinceBoot: () => ({ boot: 'a', milliseconds: 61_000 }) };
  expect(serviceTimes(session, running)).toEqual([101 * MINUTE]);
  const restarted = { ...clock, sinceBoot: () => ({ boot: 'b', milliseconds: 61_000 }) };
  expect(serviceTimes(session, restarted)).toEqual([110 * MINUTE, 50 * MINUTE]);
});
