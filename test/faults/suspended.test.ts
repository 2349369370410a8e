import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';
import { runLine } from '../support/test-world.js';

/** Waiting takes no time on it; the time of day is the real one. */
function hurriedClock() {
  let skipped = 0;
  return {
    ...systemClock,
    monotonic: () => skipped,
    sleep: async (milliseconds: number) => {
      skipped += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it('a refresh that is suspended over its lock does not overwrite the newer token when it goes on', async () => {
  const { service, home, env, run, storeOldSession, storedToken, cookiesFile } = await programBench();
  const old = await storeOldSession();
  // Its answer is held back, so that it is stopped while it holds the lock.
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  service.faults.once('/refresh/', { delay });
  let suspended: ChildProcess | undefined;
  onTestFinished(() => void suspended?.kill('SIGKILL'));
  const first = run(['refresh_token'], {
    onStart: (child) => {
      suspended = child;
    },
  });
  await vi.waitFor(() => expect(service.refreshes).toBe(1), { timeout: 100_000 });
  suspended?.kill('SIGSTOP');
  answer();

  const second = await runLine(['refresh_token', '--shell', 'value'], { home, env, clock: hurriedClock() });
  expect(second).toMatchObject({ status: 0 });
  expect(second.stdout).not.toBe(`${old}\n`);

  suspended?.kill('SIGCONT');
  expect(await first).toMatchObject({ status: 0, stdout: `export OPC_COOKIE='${second.stdout.trim()}'\n` });
  expect(`${await storedToken()}\n`).toBe(second.stdout);
  expect(service.refreshes).toBe(2);
  expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
});
