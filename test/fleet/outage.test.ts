import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refusal } from '../../fixtures/compute-service/faults.js';
import { sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench } from '../support/fleet.js';
import { FIRST_WINDOW, openWindow, passWindow, watchServer } from '../support/fleet-life.js';
import { junction, primaryOf, withReplica, withSentinels } from '../support/fleet-sentinels.js';
import { jumpingClock } from '../support/test-context.js';

/** A fleet whose server the test may kill, and what its hosts need so as not to wait for one that is down. */
const ownServer = () => fleetBench({ redis: { tls: false } });
const HURRIED = { clock: jumpingClock() };

const value = ({ redis, service }: Fleet) => redis.ask('GET', sessionKeys(service.origin, service.user).value);

describe('a server that cannot be reached', () => {
  it('costs nothing while the copy is good enough, and a login is not made without it', async () => {
    const fleet = await ownServer();
    const [used, fresh] = [await fleet.host(HURRIED), await fleet.host(HURRIED)];
    await used.use();
    await fleet.redis.kill();
    const before = fleet.service.requests.length;
    await used.use();
    expect(fleet.service.requests.length).toBe(before + 1);
    const attempts = [fresh.session.cookie(), fresh.session.login(), used.session.login()];
    for (const { reason } of (await Promise.allSettled(attempts)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'STORE_UNREACHABLE' });
    }
    expect(fleet.service.logins).toBe(1);
  });

  it('begins no session for one host alone, where the service takes its token no more', async () => {
    const fleet = await ownServer();
    const host = await fleet.host(HURRIED);
    await host.use();
    await fleet.redis.kill();
    fleet.service.faults.always('/refresh/', refusal(401, 'no'));
    await expect(host.session.refresh()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(fleet.service.logins).toBe(1);
  });

  it('is given the session again by the next host that asks it, where it has lost everything', async () => {
    const fleet = await ownServer();
    const host = await fleet.host();
    await host.use();
    await fleet.redis.restart();
    expect(await value(fleet)).toBeNull();
    // Longer than any token lives. The request fails, so that nothing but the copy can be what is given back.
    const works = fleet.service.faults.always('/refresh/', refusal(400, 'no'));
    await expect(host.session.cookie({ minValidSeconds: 3600 })).rejects.toThrow();
    works();
    expect(await value(fleet)).not.toBeNull();
    await (await fleet.host({ hasPassword: false })).use();
    expect(fleet.service.logins).toBe(1);
  });

  it('is not asked again by a host without a copy, where it takes connections and does not answer', async () => {
    const fleet = await fleetBench();
    const seen = { connections: 0, ended: 0 };
    const silent = createServer((socket) => {
      seen.connections += 1;
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        seen.ended += 1;
      });
    });
    await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const host = await fleet.host({ url: `rediss://opc@127.0.0.1:${port}` });
    await expect(host.session.cookie()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      fields: { cause: 'ETIMEDOUT' },
    });
    await expect.poll(() => seen).toEqual({ connections: 1, ended: 1 });
  });
});

describe('a logout', () => {
  it('ends the session for all hosts, whose copies do not bring it back', async () => {
    const fleet = await fleetBench();
    const [one, other] = [await fleet.host(), await fleet.host({ hasPassword: false })];
    await one.use();
    await other.use();
    expect(await one.session.logout()).toBe(true);
    await expect(other.session.cookie({ minValidSeconds: 3600 })).rejects.toMatchObject({ code: 'NO_SESSION' });
    await expect(other.session.cookie()).rejects.toMatchObject({ code: 'NO_SESSION' });
    const third = await fleet.host({ hasPassword: false });
    await expect(third.session.cookie()).rejects.toMatchObject({ code: 'NO_SESSION' });
    expect(fleet.service.refreshes).toBe(0);

    await one.session.login();
    await third.use();
    await other.use();
    expect(fleet.service.logins).toBe(2);
  });

  it('fails where the server cannot be told', async () => {
    const fleet = await ownServer();
    const host = await fleet.host(HURRIED);
    await host.use();
    await fleet.redis.kill();
    await expect(host.session.logout()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

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
