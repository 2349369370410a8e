import { describe, expect, it } from 'vitest';
import { sessionKeys } from '../../lib/store/engine/engine.js';
import { type Fleet, fleetBench } from '../support/fleet.js';

const value = ({ redis, service }: Fleet) => redis.ask('GET', sessionKeys(service.origin, service.user).value);

describe('an engine that cannot be reached', () => {
  it('costs nothing while the copy is good enough, and a login is not made without it', async () => {
    const fleet = await fleetBench();
    const [used, fresh] = [await fleet.host(), await fleet.host()];
    await used.use();
    await fleet.redis.kill();
    const before = fleet.service.requests.length;
    await used.use();
    expect(fleet.service.requests.length).toBe(before + 1);
    for (const attempt of [() => fresh.session.cookie(), () => fresh.session.login(), () => used.session.login()]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    }
    expect(fleet.service.logins).toBe(1);
  });

  it('lets each host refresh for itself, and the engine gets what is newer when it is back', async () => {
    const fleet = await fleetBench({ service: { tokenLifetime: 20, sessionLifetime: 3600 } });
    const [one, other] = [await fleet.host(), await fleet.host()];
    await one.use();
    await other.use();
    await fleet.redis.kill();
    await Promise.all([one, other].map(({ session }) => session.refresh()));
    expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
    await fleet.redis.restart();
    expect(await value(fleet)).toBeNull();
    // A third host, which never had a copy, gets the session without a login.
    await one.session.cookie({ minValidSeconds: 60 });
    const third = await fleet.host({ hasPassword: false });
    await third.use();
    expect(fleet.service.logins).toBe(1);
  });

  it('is given the session again by a host that only looks', async () => {
    const fleet = await fleetBench();
    const host = await fleet.host();
    await host.use();
    await fleet.redis.restart();
    expect(await value(fleet)).toBeNull();
    // More than the copy has: the host looks, and finds that the engine has lost everything.
    await host.session.cookie({ minValidSeconds: 1799.9 }).catch(() => undefined);
    expect(await value(fleet)).not.toBeNull();
    expect(fleet.service.logins).toBe(1);
  });

  it('holds a host up for two seconds only, where it takes connections and does not answer', async () => {
    const fleet = await fleetBench({ service: { tokenLifetime: 8, sessionLifetime: 3600 } });
    const host = await fleet.host();
    await host.use();
    fleet.redis.suspend();
    try {
      await host.session.refresh();
      expect(fleet.service).toMatchObject({ logins: 1, refreshes: 1 });
    } finally {
      fleet.redis.resume();
    }
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

  it('fails where the engine cannot be told', async () => {
    const fleet = await fleetBench();
    const host = await fleet.host();
    await host.use();
    await fleet.redis.kill();
    await expect(host.session.logout()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});
