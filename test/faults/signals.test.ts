import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { EVERY_PATH } from '../../fixtures/compute-service/faults.js';
import { systemClock } from '../../lib/clock.js';
import { withLock } from '../../lib/files/lock.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

/** As long as it takes. */
const until = (condition: () => unknown) => vi.waitFor(condition, { timeout: 100_000, interval: 10 });

const neverAnswers = { delay: new Promise<never>(() => undefined) };

describe.each(SIGNALS)('%s', (signal, status) => {
  it('ends a slow login: nothing is left, and eval fails', async () => {
    const { service, home, run } = await programBench();
    service.faults.always(EVERY_PATH, neverAnswers);
    const result = await run(['auth'], {
      onStart: (child) => void until(() => expect(service.logins).toBe(1)).then(() => child.kill(signal)),
    });
    expect(result).toMatchObject({ status, signal: null, stdout: 'false\n' });
    expect(result.stderr).toMatch(new RegExp(`^oracle-compute: interrupted by ${signal}\\nrun it again .*\\n$`));
    expect(filesBelow(home)).toEqual(['password 600']);
  });

  it('ends a slow refresh: the old session stays, without its lock', async () => {
    const { service, run, storeOldSession, storedToken, cookiesFile } = await programBench();
    const old = await storeOldSession();
    service.faults.always(EVERY_PATH, neverAnswers);
    const result = await run(['refresh_token'], {
      onStart: (child) => void until(() => expect(service.refreshes).toBe(1)).then(() => child.kill(signal)),
    });
    expect(result).toMatchObject({ status, signal: null, stdout: 'false\n' });
    expect(await storedToken()).toBe(old);
    expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
  });

  it('ends the waiting for another process, whose lock stays', async () => {
    const { service, run, storeOldSession, cookiesFile } = await programBench();
    await storeOldSession();
    await withLock(cookiesFile, { clock: systemClock, wait: 1000 }, async () => {
      const result = await run(['refresh_token'], { onStart: (child) => killWhenWaiting(child, signal) });
      expect(result).toMatchObject({ status, signal: null, stdout: 'false\n' });
      const other = withLock(cookiesFile, { clock: systemClock, wait: 0 }, async () => undefined);
      await expect(other).rejects.toMatchObject({ code: 'SESSION_LOCKED' });
    });
    expect(service.requests).toEqual([]);
  });
});

function killWhenWaiting(child: ChildProcess, signal: NodeJS.Signals): void {
  child.stderr?.on('data', (text: string) => {
    if (text.includes('waiting for another process')) child.kill(signal);
  });
}

it('an interrupted login prints no false where another shell or none reads', async () => {
  const { service, run } = await programBench();
  service.faults.always(EVERY_PATH, neverAnswers);
  for (const [number, line] of [
    ['auth', '--shell', 'powershell'],
    ['auth', '-f', 'json'],
  ].entries()) {
    const result = await run(line, {
      onStart: (child) => void until(() => expect(service.logins).toBe(number + 1)).then(() => child.kill('SIGTERM')),
    });
    expect(result).toMatchObject({ status: 143, stdout: '' });
  }
});

it('a second signal ends what does not stop', async () => {
  const { service, home, run } = await programBench();
  service.faults.always(EVERY_PATH, neverAnswers);
  const result = await run(['auth'], {
    onStart: (child) => {
      until(() => expect(service.logins).toBe(1)).then(() => {
        child.kill('SIGINT');
        child.kill('SIGINT');
      });
    },
  });
  expect(result.signal === 'SIGINT' || result.status === 130).toBe(true);
  expect(filesBelow(home)).toEqual(['password 600']);
});
