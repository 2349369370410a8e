import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { parseStoreAddress } from '../../lib/store/address.js';
import { LEASE, RedisServer, sessionKeys } from '../../lib/store/redis-server.js';
import { type Fleet, fleetBench, type Host } from '../support/fleet.js';
import { lockOf, refresher } from '../support/fleet-holder.js';
import { FIRST_WINDOW, watchServer } from '../support/fleet-life.js';
import { cleanEnvironment, runProgram } from '../support/program.js';

const keysOf = ({ service }: Fleet) => sessionKeys(service.origin, service.user);

/** Lets the lease of whoever has the lock run out now. */
const endLease = async (fleet: Fleet) => {
  const left = Number(await lockOf(fleet));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(LEASE);
  await fleet.redis.ask('PEXPIRE', keysOf(fleet).lock, '1');
};

it('a host that died while it had the lock is followed by another, as soon as its lease has run out', async () => {
  const fleet = await fleetBench();
  const other = await fleet.host();
  await other.use();
  const { redis } = fleet;
  const access = { address: parseStoreAddress(redis.url), password: redis.password, authorities: undefined };
  const dead = new RedisServer(access, keysOf(fleet), systemClock);
  expect((await dead.acquire('a host that died', LEASE)).ownLock).toBeDefined();
  dead.close();
  let asked = 0;
  onTestFinished(
    await redis.monitor((line) => {
      if (line.includes('"EVAL"')) asked += 1;
    }),
  );
  const refreshing = other.session.refresh();
  await expect.poll(() => asked).toBeGreaterThan(2);
  expect(fleet.service.refreshes).toBe(0);
  await endLease(fleet);
  await refreshing;
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 1 });
  expect(Number(await lockOf(fleet))).toBe(-2);
});

it('a host that wakes after its lease does not overwrite what is newer, and takes it', async () => {
  const fleet = await fleetBench({ service: FIRST_WINDOW });
  const [stopped, other] = [await fleet.host(), await fleet.host()];
  await stopped.use();
  await other.use();
  const watch = await watchServer(fleet);
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const waking = stopped.session.refresh();
  await expect.poll(() => fleet.service.refreshes).toBe(1);
  await endLease(fleet);
  Object.assign(fleet.service.lifetimes, { token: 1800 });
  await other.session.refresh();
  // Its token comes now, and lives shorter than what the other has brought.
  Object.assign(fleet.service.lifetimes, { token: 900 });
  answer();
  await waking;
  const token = await other.session.cookie();
  expect(await stopped.session.cookie()).toBe(token);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });
  expect(watch).toEqual({ writes: 1, setBack: 0 });
});

it('started programs of three hosts share a session, follow one that is killed, and lose it to a logout', async () => {
  const fleet = await fleetBench();
  const [able, other, third] = [await fleet.host(), await fleet.host({ hasPassword: false }), await fleet.host()];
  const run = async ({ home, env }: Host, ...line: string[]) => {
    const { stdout, stderr, status } = await runProgram(line, { env: cleanEnvironment(home, env) });
    return { status, stderr, token: stdout.trim() };
  };
  const refresh = ['refresh_token', '--shell', 'value'];
  const waiting = run(other, ...refresh, '--min-valid', '10m', '--wait-session', '200s');
  const begun = await run(able, ...refresh, '--min-valid', '10m', '--reauthenticate');
  expect(begun).toEqual({ status: 0, stderr: '', token: expect.stringMatching(/^\S+$/) });
  expect(await waiting).toMatchObject({ status: 0, token: begun.token });

  const { process, ended } = await refresher(fleet, able);
  process.kill('SIGKILL');
  await ended;
  await endLease(fleet);
  const followed = await run(other, ...refresh);
  expect(followed).toMatchObject({ status: 0, stderr: '' });
  expect(followed.token).not.toBe(begun.token);
  expect(fleet.service).toMatchObject({ logins: 1, refreshes: 2 });

  expect(await run(third, 'logout')).toMatchObject({ status: 0 });
  expect(await run(other, ...refresh)).toMatchObject({ status: 10 });
});
