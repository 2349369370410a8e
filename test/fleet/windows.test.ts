import { expect, it } from 'vitest';
import { fleetBench } from '../support/fleet.js';
import { FIRST_WINDOW, live, openWindow, passWindow, watchServer } from '../support/fleet-life.js';
import { jumpingClock } from '../support/test-context.js';

it('hosts, two of whose clocks are ten minutes wrong, need one login, and one refresh a window', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW });
  const hosts = await fleet.hosts(3, (index) => ({ clockAhead: [600_000, 0, -600_000][index] ?? 0 }));
  const watch = await watchServer(fleet);
  // The host that writes first may have a wrong clock.
  await hosts[0]?.use();
  for (const refreshes of [0, 1, 2]) {
    const wish = refreshes === 0 ? 60 : openWindow(fleet);
    const { failures, tokens } = await passWindow(hosts, 2, wish);
    expect(failures).toEqual([]);
    expect(tokens.size).toBe(1);
    expect(fleet.service).toMatchObject({ logins: 1, refreshes });
  }
  expect(watch).toEqual({ writes: 3, setBack: 0 });
});

it('hosts without a password wait for one that has it, and the end of a session costs them nothing', async () => {
  let ahead = 0;
  const fleet = await fleetBench({ service: { clock: () => Date.now() + ahead } });
  const hosts = await fleet.hosts(3, (index) => ({ hasPassword: index === 0, waitForSession: 200_000 }));
  const watch = await watchServer(fleet);
  const [able, ...others] = hosts;
  const lives = live(others, () => fleet.service.logins >= 2);
  await able?.use();
  await Promise.all(others.map((host) => host.use()));
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 0 });
  // The session is over by the service's clock, of which the hosts hear from its next answer only.
  ahead = 4 * 3_600_000;
  await expect.poll(() => fleet.service.requests.some(({ status }) => status === 401)).toBe(true);
  await able?.use();
  expect((await lives).failures).toEqual([]);
  await Promise.all(others.map((host) => host.use()));
  expect(fleet.service).toMatchObject({ logins: 2, refreshes: 0 });
  expect(watch).toEqual({ writes: 2, setBack: 0 });
});

it('a server that is down costs each host a refresh of its own, and none a login', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW, redis: { tls: false } });
  const clock = jumpingClock();
  const hosts = await fleet.hosts(3, () => ({ clock }));
  await passWindow(hosts, 1, 60);
  await fleet.redis.kill();
  const apart = await passWindow(hosts, 1, openWindow(fleet));
  expect(apart.failures).toEqual([]);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: hosts.length });

  await fleet.redis.restart();
  const watch = await watchServer(fleet);
  const [first] = hosts;
  const wish = openWindow(fleet);
  // The first host brings its session back, and renews it for all.
  if (first) await first.session.cookie({ minValidSeconds: wish });
  const together = await passWindow(hosts, 1, wish);
  expect(together.failures).toEqual([]);
  expect(together.tokens.size).toBe(1);
  await (await fleet.host({ hasPassword: false })).use();
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: hosts.length + 1 });
  expect(watch.setBack).toBe(0);
});
