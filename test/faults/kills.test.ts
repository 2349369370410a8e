import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { playRounds } from '../support/killed-rounds.js';
import { programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';

// A hundred rounds: test/soak/kills.test.ts.
it('4 rounds of SIGKILL leave the old or the new session, and no lock', () => playRounds(4));

it('SIGKILL in the middle of a refresh leaves the old session, and a lock that is in nobody’s way', async () => {
  const { service, run, storeOldSession, storedToken, cookiesFile } = await programBench();
  const old = await storeOldSession();
  service.faults.once('/refresh/', { delay: new Promise(() => undefined) });
  const killed = run(['refresh_token', '-q'], {
    onStart: (child) =>
      void expect
        .poll(() => service.refreshes)
        .toBe(1)
        .then(() => child.kill('SIGKILL')),
  });
  expect(await killed).toMatchObject({ signal: 'SIGKILL' });
  expect(await storedToken()).toBe(old);
  expect(await run(['refresh_token', '-q'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await storedToken()).not.toBe(old);
  expect(filesBelow(dirname(cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
});
