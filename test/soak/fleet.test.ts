import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LEASE, sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench } from '../support/fleet.js';
import { crowdOf } from '../support/fleet-crowd.js';
import { FIRST_WINDOW, lockOf, openWindow, refresher, watchServer } from '../support/fleet-life.js';
import { areReady, primaryOf, withSentinels } from '../support/fleet-sentinels.js';

const HOSTS = 50;
const ABLE = 5;
const PROCESSES = 3;
const WAIT_FOR_SESSION = 200_000;
/** Seconds that sentinels leave between two failovers of one primary: twice their `failover-timeout`. */
const BETWEEN_FAILOVERS = 12;

/** Fifty hosts, five of which have the password; the clocks of half of them are wrong by ten minutes. */
const likeAFleet = (index: number) => ({
  hasPassword: index < ABLE,
  waitForSession: WAIT_FOR_SESSION,
  clockAhead: [0, 600_000, 0, -600_000][index % 4] ?? 0,
});

it('50 hosts with three processes each need one login, and one refresh in each of five windows', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: {} });
  const crowd = await crowdOf(await fleet.hosts(HOSTS, likeAFleet), PROCESSES);
  const watch = await watchServer(fleet);
  for (const refreshes of [0, 1, 2, 3, 4, 5]) {
    const { failures, tokens } = await crowd.pass(refreshes === 0 ? 60 : openWindow(fleet));
    expect(failures).toEqual([]);
    expect(tokens.size).toBe(1);
    expect(fleet.service).toMatchObject({ logins: 1, refreshes });
  }
  expect(watch).toEqual({ writes: 6, setBack: 0 });
  report('windows', fleet);
});

it('the ends of two sessions cost 50 hosts two logins and no use', async () => {
  const service = {
    // A host that is slow for longer finds two sessions over in a row, which is an error.
    tokenLifetime: 40,
    sessionLifetime: 40,
    // The third session outlasts the test, so that a slow machine needs no fourth.
    onRequest: ({ path }: { readonly path: string }) => {
      if (path === '/authenticate/' && fleet.service.logins === 2) {
        Object.assign(fleet.service.lifetimes, { token: 1800, session: 10_800 });
      }
    },
  };
  const fleet: Fleet = await fleetBench({ service, redis: {} });
  const crowd = await crowdOf(await fleet.hosts(HOSTS, likeAFleet), 1);
  const watch = await watchServer(fleet);
  expect(await crowd.live(() => fleet.service.logins >= 3)).toEqual([]);
  expect((await crowd.pass(60)).failures).toEqual([]);
  expect(fleet.service.logins).toBe(3);
  expect(watch.setBack).toBe(0);
  report('ends of sessions', fleet);
});

it('three failovers, each in the middle of a refresh, cost no use, and one more refresh each at most', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: {} });
  const { url, primary, replica, sentinels } = await withSentinels(fleet);
  const crowd = await crowdOf(await fleet.hosts(HOSTS, (index) => ({ ...likeAFleet(index), url })), 2);
  const watches = [await watchServer(fleet, replica)];
  expect((await crowd.pass(60)).failures).toEqual([]);
  let [current, next] = [primary, replica];
  for (const round of [1, 2, 3]) {
    const before = fleet.service.refreshes;
    let answer: () => void = () => undefined;
    const delay = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fleet.service.faults.once('/refresh/', { delay });
    const passing = crowd.pass(openWindow(fleet));
    await expect.poll(() => fleet.service.refreshes).toBe(before + 1);
    await current.kill();
    const rest = wait(BETWEEN_FAILOVERS * 1000);
    answer();
    expect((await passing).failures).toEqual([]);
    expect(fleet.service.logins).toBe(1);
    expect(fleet.service.refreshes - before).toBeLessThanOrEqual(2);
    await expect.poll(() => primaryOf(sentinels)).toBe(next.port);
    if (round === 3) break;
    await current.restart();
    await current.ask('REPLICAOF', '127.0.0.1', String(next.port));
    [current, next] = [next, current];
    watches.push(await watchServer(fleet, next));
    await expect.poll(() => areReady(sentinels), { interval: 500 }).toBe(true);
    await rest;
  }
  expect(watches.map(({ setBack }) => setBack)).toEqual([0, 0, 0]);
  report('failovers', fleet);
});

it.each([
  'SIGKILL',
  'SIGSTOP',
] as const)('a refresher that gets %s is followed when its lease is over', async (signal) => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: {} });
  const first = await fleet.host();
  const crowd = await crowdOf(await fleet.hosts(HOSTS - 1, likeAFleet), 1);
  const watch = await watchServer(fleet);
  await first.use();
  expect((await crowd.pass(60)).failures).toEqual([]);
  const { lock: lockKey } = sessionKeys(fleet.service.origin, fleet.service.user);
  /** When the engine was asked for the lock, and when it was told to keep it for longer, by its own clock. */
  const asked: number[] = [];
  let heldUntil = 0;
  await fleet.redis.monitor((line) => {
    const [, time, word, key] = /^([\d.]+) \[[^\]]*\] "(SET|PEXPIRE)" "([^"]+)"/i.exec(line) ?? [];
    if (key !== lockKey || time === undefined) return;
    if (word?.toUpperCase() === 'SET') asked.push(Number(time) * 1000);
    else if (fleet.service.refreshes === 1) heldUntil = Number(time) * 1000 + LEASE;
  });
  const { process, ended, answer } = await refresher(fleet, first);
  const passing = crowd.pass(openWindow(fleet));
  // It lives, and says so: the lock is kept beyond its first lease.
  await expect.poll(() => heldUntil).toBeGreaterThan(0);
  process.kill(signal);
  answer();
  expect((await passing).failures).toEqual([]);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  const takenAt = asked.find((time) => time >= heldUntil) ?? Number.POSITIVE_INFINITY;
  const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? time));
  // One of the hosts that wait asks within a second; later only where the machine let none of them ask sooner.
  expect(takenAt - heldUntil).toBeLessThanOrEqual(Math.max(1000, ...pauses));
  if (signal === 'SIGSTOP') {
    const { writes } = watch;
    process.kill('SIGCONT');
    expect((await ended).status).toBe(0);
    // Its own token came late: it was not written, and what the others have was taken.
    expect(watch.writes).toBe(writes);
    expect((await ended).stdout.trim()).toBe(await first.session.cookie());
  }
  expect(await lockOf(fleet)).toBe(-2);
  expect(watch.setBack).toBe(0);
  report(`${signal}, followed ${Math.round(takenAt - heldUntil)} ms after its lease`, fleet);
});

it('a server that is down for longer than a token, and comes back empty, costs 50 hosts no use and no login', async () => {
  const fleet = await fleetBench({ service: { tokenLifetime: 30, sessionLifetime: 10_800 }, redis: {} });
  const hosts = await fleet.hosts(HOSTS, likeAFleet);
  const crowd = await crowdOf(hosts, 1);
  expect((await crowd.pass(1)).failures).toEqual([]);
  const end = Number((await hosts[0]?.session.status())?.tokenExpiresAt);
  await fleet.redis.kill();
  expect(await crowd.live(() => Date.now() > end)).toEqual([]);
  expect(fleet.service.logins).toBe(1);
  expect(fleet.service.refreshes).toBeGreaterThanOrEqual(HOSTS);
  const apart = fleet.service.refreshes;

  await fleet.redis.restart();
  const watch = await watchServer(fleet);
  expect(await crowd.live(() => watch.writes > 0 && fleet.service.refreshes > apart)).toEqual([]);
  Object.assign(fleet.service.lifetimes, { token: 600 });
  await hosts[0]?.session.cookie({ minValidSeconds: 300 });
  const { failures, tokens } = await crowd.pass(300);
  expect(failures).toEqual([]);
  expect(tokens.size).toBe(1);
  expect(fleet.service.logins).toBe(1);
  expect(watch.setBack).toBe(0);
  report(`down: ${apart} refreshes meanwhile`, fleet);
});

function report(what: string, { service: { logins, refreshes } }: Fleet): void {
  process.stderr.write(`${what}: ${JSON.stringify({ logins, refreshes })}\n`);
}
