import { expect, it } from 'vitest';
import { fleetBench } from '../support/fleet.js';
import { live, watchEngine } from '../support/fleet-life.js';

// Some hosts and short lives of tokens.
const SHORT = { tokenLifetime: 20, sessionLifetime: 3600 };

it.each([
  ['whose clocks are right', () => 0],
  [
    'half of whose clocks are ten minutes wrong, one way or the other',
    (index: number) => [0, 600_000, -600_000, 0][index % 4] ?? 0,
  ],
])('hosts %s need one login, and one refresh for all', async (_which, clockAhead) => {
  const fleet = await fleetBench({ service: SHORT });
  const hosts = await fleet.hosts(6, (index) => ({ clockAhead: clockAhead(index) }));
  const watch = watchEngine(fleet);
  const { uses, failures } = await live(hosts, 2, () => fleet.service.refreshes >= 2);
  expect(failures).toEqual([]);
  expect(uses).toBeGreaterThan(hosts.length * 4);
  expect(fleet.service.logins).toBe(1);
  // Each token that was given out came to all: none was made beside another.
  await expect.poll(() => watch.tokens).toBe(1 + fleet.service.refreshes);
  expect(watch.setBack).toBe(0);
});

it('hosts without a password wait for one that has it, and the end of a session costs them nothing', async () => {
  const fleet = await fleetBench({ service: { tokenLifetime: 20, sessionLifetime: 50 } });
  const hosts = await fleet.hosts(6, (index) => ({ hasPassword: index === 0, waitForSession: 60_000 }));
  const watch = watchEngine(fleet);
  const began = Date.now();
  const { failures } = await live(hosts, 1, () => fleet.service.logins >= 2 && Date.now() - began > 55_000);
  expect(failures).toEqual([]);
  expect(fleet.service.logins).toBe(2);
  expect(watch.setBack).toBe(0);
});

it('an engine that is down for longer than a token lives costs nothing but refreshes', async () => {
  const fleet = await fleetBench({ service: { tokenLifetime: 24, sessionLifetime: 3600 } });
  const hosts = await fleet.hosts(4);
  await Promise.all(hosts.map((host) => host.use()));
  await fleet.redis.kill();
  const began = Date.now();
  const { failures } = await live(hosts, 1, () => Date.now() - began > 30_000);
  expect(failures).toEqual([]);
  expect(fleet.service.logins).toBe(1);
  expect(fleet.service.refreshes).toBeGreaterThanOrEqual(hosts.length);

  await fleet.redis.restart();
  const watch = watchEngine(fleet);
  const later = await live(hosts, 1, () => watch.tokens >= 2);
  expect(later.failures).toEqual([]);
  expect(fleet.service.logins).toBe(1);
  expect(watch.setBack).toBe(0);
});
