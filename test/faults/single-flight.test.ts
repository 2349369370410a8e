import { expect, it } from 'vitest';
import { expectOneRefresh, refreshMany } from '../support/many-processes.js';
import { programBench } from '../support/program-bench.js';

// 200 processes: test/soak/single-flight.test.ts.
it('10 processes on one nearly expired session send one request, and all succeed', () => expectOneRefresh(10));

it('processes that print the token print the same new one', async () => {
  const bench = await programBench();
  await bench.storeOldSession();
  const results = await refreshMany(4, '', bench);
  const line = `export OPC_COOKIE='${await bench.storedToken()}'\n`;
  expect(results.map(({ status, stdout }) => ({ status, stdout }))).toEqual(
    results.map(() => ({ status: 0, stdout: line })),
  );
  expect(bench.service.refreshes).toBe(1);
});
