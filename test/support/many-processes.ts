import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { PROGRAM, runProgram } from './program.js';
import { type ProgramBench, programBench } from './program-bench.js';
import { filesBelow } from './temporary-home.js';

/** Started by a shell, so that this process, where the service lives, stays free to answer. */
const START_MANY = `
for number in $(seq "$1"); do
  ("$2" "$3" refresh_token --min-valid 10m $4 >"$5/$number.out" 2>"$5/$number.err"; echo $? >"$5/$number.status") &
done
wait`;

/** Refreshes in `count` processes at once. */
export async function refreshMany(count: number, options: string, { home, env }: ProgramBench) {
  const folder = join(home, 'results');
  mkdirSync(folder);
  const words = [String(count), process.execPath, PROGRAM, options, folder];
  await runProgram(words, { env }, ['sh', '-c', START_MANY, 'sh']);
  return Array.from({ length: count }, (_, index) => {
    const read = (kind: string) => readFileSync(join(folder, `${index + 1}.${kind}`), 'utf8');
    return { status: Number(read('status')), stdout: read('out'), stderr: read('err') };
  });
}

/** So many processes on one nearly expired session send one request, and all succeed. */
export async function expectOneRefresh(count: number): Promise<void> {
  const bench = await programBench();
  const old = await bench.storeOldSession();
  const results = await refreshMany(count, '-q', bench);
  expect(results).toEqual(results.map(() => ({ status: 0, stdout: '', stderr: '' })));
  expect(bench.service.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'GET /refresh/ 204',
  ]);
  expect(await bench.storedToken()).not.toBe(old);
  expect(filesBelow(dirname(bench.cookiesFile))).toEqual([expect.stringMatching(/\.json 600$/)]);
}
