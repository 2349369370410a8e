import { expect, it } from 'vitest';
import { ComputeClient } from '../../../lib/compute/client/client.js';
import { SessionKeeper, type Sharing } from '../../../lib/compute/session-keeper.js';
import { type StoredSession, serviceTimes } from '../../../lib/compute/stored-session.js';
import { storedTokenSource } from '../../../lib/compute/token/token-source.js';
import { isOracleComputeError } from '../../../lib/errors.js';
import { createHttpClient } from '../../../lib/http/create-client.js';
import { memoryStore } from '../../../lib/session/store.js';
import { computeBench, MINUTE } from '../../support/compute.js';
import { testClock } from '../../support/test-context.js';

async function keeperBench(sharing?: Sharing) {
  const bench = await computeBench();
  const { service, clock } = bench;
  const client = new ComputeClient(createHttpClient({ clock, timeout: 30_000, userAgent: 'test' }), service.origin);
  const store = memoryStore<StoredSession>('memory', undefined);
  const keeper = new SessionKeeper({ client, store, clock, user: service.user, wait: 0, ...(sharing && { sharing }) });
  return { ...bench, store, keeper };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => (isOracleComputeError(error) ? error.code : error),
  );

it('sends a refused password once, however often the session is renewed', async () => {
  const { keeper, service, pass } = await keeperBench();
  await keeper.login(service.password);
  pass(4 * 60 * MINUTE);
  const refresh = (password: string) => codeOf(keeper.refresh({ reauthenticate: async () => password }));
  const logins = () => service.requests.filter(({ path }) => path === '/authenticate/').length;
  expect(await refresh('wrong')).toBe('CREDENTIALS_REFUSED');
  expect(await refresh('wrong')).toBe('SESSION_OVER');
  expect(logins()).toBe(2);
  expect(await refresh(service.password)).toBe('succeeded');
  expect(logins()).toBe(3);
});

it('waits for another host to replace the very token that the service refused', async () => {
  const waits: (string | undefined)[] = [];
  const { keeper, service, store, pass } = await keeperBench({
    earlier: () => 0,
    waitForSession: async (refused) => {
      waits.push(refused);
      return false;
    },
  });
  const { token } = await keeper.login(service.password);
  pass(MINUTE);
  expect(await codeOf(keeper.refresh())).toBe('succeeded');
  expect(waits).toEqual([]);
  pass(MINUTE);
  service.faults.once('/refresh/', { status: 401 });
  const kept = await store.read();
  expect(kept?.token).not.toBe(token);
  expect(await codeOf(keeper.refresh())).toBe('TOKEN_REFUSED');
  expect(waits).toEqual([kept?.token]);
});

it('uses the last token of a session almost to its end, before it begins another', async () => {
  const { keeper, store, service, pass } = await keeperBench();
  await keeper.login(service.password);
  for (let minute = 0; minute < 175; minute += 25) {
    pass(25 * MINUTE);
    await keeper.refresh();
  }
  const source = storedTokenSource(keeper, store.location, async () => service.password);
  pass(4 * MINUTE);
  await source.token();
  pass(35_000);
  await source.token();
  expect(service.logins).toBe(1);
  pass(10_000);
  await source.token();
  expect(service.logins).toBe(2);
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
