import { expect, it } from 'vitest';
import { type Fleet, fleetBench } from '../support/fleet.js';
import { FIRST_WINDOW, live, openWindow, passWindow, watchEngine } from '../support/fleet-life.js';

it.each([
  ['whose clocks are right', () => 0],
  [
    'half of whose clocks are ten minutes wrong, one way or the other',
    (index: number) => [600_000, 0, -600_000, 0][index % 4] ?? 0,
  ],
])('hosts %s need one login, and one refresh a window', async (_which, clockAhead) => {
  const fleet = await fleetBench({ service: FIRST_WINDOW });
  const hosts = await fleet.hosts(8, (index) => ({ clockAhead: clockAhead(index) }));
  const watch = await watchEngine(fleet);
  // Whoever writes first may be one whose clock is wrong.
  await hosts[0]?.use();
  for (const refreshes of [0, 1, 2, 3]) {
    const wish = refreshes === 0 ? 60 : openWindow(fleet);
    const { failures, tokens } = await passWindow(hosts, 2, wish);
    expect(failures).toEqual([]);
    expect(tokens.size).toBe(1);
    expect(fleet.service).toMatchObject({ logins: 1, refreshes });
  }
  expect(watch).toEqual({ writes: 4, setBack: 0 });
});

it('hosts without a password wait for one that has it, and the end of a session costs them nothing', async () => {
  // The first session is short; the second one outlasts the test. The service's clock is ahead by less than hosts see.
  const service = {
    clock: () => Date.now() + 3000,
    tokenLifetime: 8,
    sessionLifetime: 8,
    onRequest: ({ path }: { readonly path: string }) => {
      if (path === '/authenticate/') Object.assign(fleet.service.lifetimes, { token: 1800, session: 10_800 });
    },
  };
  const fleet: Fleet = await fleetBench({ service });
  const hosts = await fleet.hosts(6, (index) => ({ hasPassword: index === 0, waitForSession: 200_000 }));
  const watch = await watchEngine(fleet);
  const [able, ...others] = hosts;
  const lives = live(others, () => fleet.service.logins >= 2);
  await able?.use();
  await expect.poll(() => fleet.service.requests.some(({ status }) => status === 401)).toBe(true);
  await able?.use();
  expect((await lives).failures).toEqual([]);
  await Promise.all(others.map((host) => host.use()));
  expect(fleet.service).toMatchObject({ logins: 2, refreshes: 0 });
  expect(watch).toEqual({ writes: 2, setBack: 0 });
});

it('an engine that is down costs each host a refresh of its own, and none a login', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW });
  const hosts = await fleet.hosts(4);
  await passWindow(hosts, 2, 60);
  // It takes connections and does not answer.
  fleet.redis.suspend();
  const apart = await passWindow(hosts, 2, openWindow(fleet));
  expect(apart.failures).toEqual([]);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: hosts.length });

  await fleet.redis.restart();
  const watch = await watchEngine(fleet);
  const [first] = hosts;
  const wish = openWindow(fleet);
  // Whoever comes first brings back what it has, and renews it for all.
  if (first) await first.session.cookie({ minValidSeconds: wish });
  const together = await passWindow(hosts, 2, wish);
  expect(together.failures).toEqual([]);
  expect(together.tokens.size).toBe(1);
  await (await fleet.host({ hasPassword: false })).use();
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: hosts.length + 1 });
  expect(watch.setBack).toBe(0);
});
