import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

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

it('a refresh that is suspended keeps its lock, and whoever waits takes its token when it goes on', async () => {
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
  const first = run(['refresh_token', '--shell', 'value'], {
    onStart: (child) => {
      suspended = child;
    },
  });
  await vi.waitFor(() => expect(service.refreshes).toBe(1), { timeout: 100_000 });
  suspended?.kill('SIGSTOP');
  answer();

  const late = await runLine(['refresh_token', '-q'], { home, env, clock: hurriedClock() });
  expect(late).toMatchObject({ status: 75, stderr: expect.stringContaining(`ps -fp ${suspended?.pid}`) });
  expect(await storedToken()).toBe(old);
  let waits: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  const second = run(['refresh_token', '--shell', 'value'], {
    onStart: ({ stderr }) => void stderr?.on('data', waits),
  });
  await waiting;

  suspended?.kill('SIGCONT');
  const [{ status, stdout }, taken] = await Promise.all([first, second]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${await storedToken()}\n` });
  expect(taken).toMatchObject({ status: 0, stdout });
  expect(service.refreshes).toBe(1);
  expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
});
