import { describe, expect, it } from 'vitest';
import { fleetBench } from '../support/fleet.js';

describe('hosts that share a session', () => {
  it('log in once, and refresh once for all', async () => {
    const fleet = await fleetBench();
    const hosts = await fleet.hosts(8);
    const cookies = await Promise.all(hosts.map(({ session }) => session.cookie()));
    expect(new Set(cookies).size).toBe(1);
    expect(fleet.service.logins).toBe(1);

    // So far below the life of a token that no host, however slow, finds the new one too short.
    const wish = { minValidSeconds: 1780 };
    await expect.poll(() => hosts[0]?.session.cookie().then(() => true)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20_500));
    const renewed = await Promise.all(hosts.map(({ session }) => session.cookie(wish)));
    expect(new Set(renewed).size).toBe(1);
    expect(fleet.service.refreshes).toBe(1);
    expect(fleet.service.logins).toBe(1);
  });
});
