import { expect, it } from 'vitest';
import { fleetBench } from '../support/fleet.js';
import { live, watchEngine } from '../support/fleet-life.js';
import { junction, withReplica, withSentinels } from '../support/fleet-sentinels.js';

const LONGER = { tokenLifetime: 60, sessionLifetime: 3600 };

it('a primary that fails over costs no use, and one more refresh at most', async () => {
  const fleet = await fleetBench({ service: LONGER });
  const { url, primary, replica } = await withSentinels(fleet);
  const hosts = await fleet.hosts(4, () => ({ url }));
  const watch = watchEngine(fleet, replica);
  let isKilled = false;
  const { failures } = await live(hosts, 1, () => {
    if (fleet.service.refreshes >= 1 && !isKilled) {
      isKilled = true;
      void primary.kill();
    }
    return fleet.service.refreshes >= 2;
  });
  expect(failures).toEqual([]);
  expect(fleet.service.logins).toBe(1);
  expect(fleet.service.refreshes).toBeLessThanOrEqual(3);
  expect(watch.setBack).toBe(0);
});

it('two primaries, one for each half of the hosts, cost a refresh on each side, and nothing older wins', async () => {
  const fleet = await fleetBench({ service: { tokenLifetime: 24, sessionLifetime: 3600 } });
  const { primary, replica } = await withReplica(fleet);
  const way = await junction(primary.port);
  const url = primary.url.replace(String(primary.port), String(way.port));
  const near = await fleet.hosts(2, () => ({ url }));
  const far = await fleet.hosts(2);
  const watch = watchEngine(fleet);
  await Promise.all([...near, ...far].map((host) => host.use()));
  await replica.ask('REPLICAOF', 'NO', 'ONE');
  way.leadTo(replica.port);
  const apart = await live([...near, ...far], 1, () => fleet.service.refreshes >= 2);
  expect(apart.failures).toEqual([]);
  // The two sides are one again, with what the first primary has.
  await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
  way.leadTo(primary.port);
  const after = fleet.service.refreshes;
  const together = await live([...near, ...far], 1, () => fleet.service.refreshes > after);
  expect(together.failures).toEqual([]);
  expect(fleet.service.logins).toBe(1);
  expect(after).toBe(2);
  expect(watch.setBack).toBe(0);
});
