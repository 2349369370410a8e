import { expect, it } from 'vitest';
import { EVERY_PATH, type Fault, refusal, trouble } from '../../fixtures/compute-service/faults.js';
import { programBench } from '../support/program-bench.js';

const PATH = '/account/Compute-acme/default';

const FAULTS: ReadonlyArray<readonly [what: string, fault: Fault, times: number]> = [
  ['500', trouble(500), 1],
  ['503 once', trouble(503), 1],
  ['502 every time', trouble(502), 3],
  ['429 every time', trouble(429), 3],
  ['401 once', { instead: { status: 401 } }, 1],
  ['a refusal', refusal(400, 'no'), 1],
  ['a redirect', { instead: { status: 302, headers: { Location: '/elsewhere' } } }, 1],
];

/** The program ends by itself, after a fault that its request meets. */
async function expectEnd(line: readonly string[], fault: Fault, times: number): Promise<void> {
  const { service, run, runHere } = await programBench();
  expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
  service.faults.once(EVERY_PATH, fault, times);
  const { signal } = await run(line, { onStart: (child) => setTimeout(() => child.kill('SIGKILL'), 60_000).unref() });
  expect(signal).toBeNull();
}

// The service never ends a connection that is kept for later: what is left unread would keep the program alive.
it.each(FAULTS)('the program ends when its work is done, after %s', async (_, fault, times) => {
  await expectEnd(['request', 'GET', PATH], fault, times);
});

it.each([['refresh_token'], ['auth']])('%s ends, too', async (command) => {
  await expectEnd([command, '-q'], trouble(502), 3);
});
