import { expect, it } from 'vitest';
import { fleetBench } from '../support/fleet.js';
import { FIRST_WINDOW, openWindow, passWindow, watchServer } from '../support/fleet-life.js';
import { junction, primaryOf, withReplica, withSentinels } from '../support/fleet-sentinels.js';

it('a primary that fails over in the middle of a refresh costs no use, and one more refresh at most', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: {} });
  const { url, primary, replica, sentinels } = await withSentinels(fleet, 1);
  const hosts = await fleet.hosts(3, () => ({ url }));
  const watch = await watchServer(fleet, replica);
  await passWindow(hosts, 1, 60);
  const wish = openWindow(fleet);
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const refreshing = passWindow(hosts.slice(0, 1), 1, wish);
  await expect.poll(() => fleet.service.refreshes).toBe(1);
  await primary.kill();
  await expect.poll(() => primaryOf(sentinels)).toBe(replica.port);
  // The one that has the answer yet to come, and all others, which find a new primary.
  const waiting = passWindow(hosts, 1, wish);
  answer();
  const { failures, tokens } = await waiting;
  expect([...failures, ...(await refreshing).failures]).toEqual([]);
  expect(tokens.size).toBe(1);
  expect(fleet.service.logins).toBe(1);
  expect(fleet.service.refreshes).toBeLessThanOrEqual(2);
  expect(watch.setBack).toBe(0);
});

it('two primaries, each for some of the hosts, cost a refresh on each side, and nothing older wins', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: { tls: false } });
  const { primary, replica, isInStep } = await withReplica(fleet);
  const way = await junction(primary.port);
  const url = primary.url.replace(String(primary.port), String(way.port));
  const near = await fleet.hosts(1, () => ({ url }));
  const far = await fleet.hosts(2);
  const watch = await watchServer(fleet);
  await passWindow([...near, ...far], 1, 60);
  await expect.poll(isInStep).toBe(true);
  await replica.ask('REPLICAOF', 'NO', 'ONE');
  way.leadTo(replica.port);
  const apart = await passWindow([...near, ...far], 1, openWindow(fleet));
  expect(apart.failures).toEqual([]);
  expect(apart.tokens.size).toBe(2);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  // The two sides are one again, with what the first primary has.
  await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
  way.leadTo(primary.port);
  const wish = openWindow(fleet);
  const [first] = near;
  if (first) await first.session.cookie({ minValidSeconds: wish });
  const together = await passWindow([...near, ...far], 1, wish);
  expect(together.failures).toEqual([]);
  expect(together.tokens.size).toBe(1);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 3 });
  expect(watch.setBack).toBe(0);
});
