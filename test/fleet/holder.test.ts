import type { ChildProcess } from 'node:child_process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sessionKeys } from '../../lib/store/engine/engine.js';
import { LEASE } from '../../lib/store/engine/remote-lock.js';
import { type Fleet, fleetBench, type Host } from '../support/fleet.js';
import { watchEngine } from '../support/fleet-life.js';
import { cleanEnvironment, type ProgramResult, runProgram } from '../support/program.js';

interface Holder {
  readonly process: ChildProcess;
  readonly ended: Promise<ProgramResult>;
  readonly answer: () => void;
}

/** A host whose refresh has been sent, and not been answered: it has the lock. */
async function refresher(fleet: Fleet, host: Host): Promise<Holder> {
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const before = fleet.service.refreshes;
  let process: ChildProcess | undefined;
  const ended = runProgram(['refresh_token', '--shell', 'value'], {
    env: cleanEnvironment(host.home, host.env),
    onStart: (child) => {
      process = child;
    },
  });
  onTestFinished(() => void process?.kill('SIGKILL'));
  await vi.waitFor(() => expect(fleet.service.refreshes).toBe(before + 1), { timeout: 100_000 });
  if (!process) throw new Error('it was not started');
  return { process, ended, answer };
}

const lockOf = ({ redis, service }: Fleet) => redis.ask('PTTL', sessionKeys(service.origin, service.user).lock);

it('a host that is killed while it refreshes is followed by another, as soon as its lock has run out', async () => {
  const fleet = await fleetBench();
  const [killed, other] = [await fleet.host(), await fleet.host()];
  await killed.use();
  await other.use();
  const { process, answer } = await refresher(fleet, killed);
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
