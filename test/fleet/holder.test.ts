import { expect, it, vi } from 'vitest';
import { sessionKeys } from '../../lib/store/engine/engine.js';
import { LEASE } from '../../lib/store/engine/remote-lock.js';
import { fleetBench } from '../support/fleet.js';
import { lockOf, refresher } from '../support/fleet-holder.js';
import { watchEngine } from '../support/fleet-life.js';

it('a host that is killed while it refreshes is followed by another, as soon as its lock has run out', async () => {
  const fleet = await fleetBench();
  const [killed, other] = [await fleet.host(), await fleet.host()];
  await killed.use();
  await other.use();
  const { lock } = sessionKeys(fleet.service.origin, fleet.service.user);
  let kept = 0;
  await fleet.redis.monitor((line) => {
    if (line.includes(`"PEXPIRE" "${lock}"`)) kept += 1;
  });
  const { process, answer } = await refresher(fleet, killed);
  // As long as it lives it keeps the lock for longer than one lease.
  await expect.poll(() => kept).toBeGreaterThan(0);
  const left = Number(await lockOf(fleet));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(LEASE);
  process.kill('SIGKILL');
  answer();
  await other.session.refresh();
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  expect(Number(await lockOf(fleet))).toBe(-2);
});

it('a host that is stopped past its lease and wakes does not overwrite what is newer, and takes it', async () => {
  const fleet = await fleetBench();
  const [stopped, other] = [await fleet.host(), await fleet.host()];
  await stopped.use();
  await other.use();
  const watch = await watchEngine(fleet);
  const { process, ended, answer } = await refresher(fleet, stopped);
  process.kill('SIGSTOP');
  answer();
  // The token of the stopped one is older: the other's is made later.
  await vi.waitFor(async () => expect(Number(await lockOf(fleet))).toBe(-2), { timeout: 100_000 });
  await other.session.refresh();
  process.kill('SIGCONT');
  const { status, stdout } = await ended;
  expect(status).toBe(0);
  expect(stdout.trim()).toBe(await other.session.cookie());
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  expect(watch.setBack).toBe(0);
});
