import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM, runProgram } from '../support/program.js';
import { type ProgramBench, programBench } from '../support/program-bench.js';
import { filesBelow } from '../support/temporary-home.js';

const PROCESSES = 200;

/** As long as a crowded machine needs; nothing here is measured by time. */
const PATIENCE = { timeout: 900_000 };

/** Started by a shell, so that this process, where the service lives, stays free to answer. */
const START_MANY = `
for number in $(seq "$1"); do
  ("$2" "$3" refresh_token --min-valid 10m $4 >"$5/$number.out" 2>"$5/$number.err"; echo $? >"$5/$number.status") &
done
wait`;

async function runMany(count: number, options: string, { home, env }: ProgramBench) {
  const folder = join(home, 'results');
  mkdirSync(folder);
  const words = [String(count), process.execPath, PROGRAM, options, folder];
  await runProgram(words, { env }, ['sh', '-c', START_MANY, 'sh']);
  return Array.from({ length: count }, (_, index) => {
    const read = (kind: string) => readFileSync(join(folder, `${index + 1}.${kind}`), 'utf8');
    return { status: Number(read('status')), stdout: read('out'), stderr: read('err') };
  });
}

it(`${PROCESSES} processes on one nearly expired session send one request, and all succeed`, PATIENCE, async () => {
  const bench = await programBench();
  const old = await bench.storeOldSession();
  const results = await runMany(PROCESSES, '-q', bench);
  expect(results).toEqual(results.map(() => ({ status: 0, stdout: '', stderr: '' })));
  expect(bench.service.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'GET /refresh/ 204',
  ]);
  expect(await bench.storedToken()).not.toBe(old);
  expect(filesBelow(dirname(bench.cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
});

it('processes that print the token print the same new one', PATIENCE, async () => {
  const bench = await programBench();
  await bench.storeOldSession();
  const results = await runMany(20, '', bench);
  const line = `export OPC_COOKIE='${await bench.storedToken()}'\n`;
  expect(results.map(({ status, stdout }) => ({ status, stdout }))).toEqual(
    results.map(() => ({ status: 0, stdout: line })),
  );
  expect(bench.service.refreshes).toBe(1);
});
