import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { storeOldComputeSession } from '../support/stored-sessions.js';
import type { Bound } from './bounds.js';
import { runQuietly } from './run-quietly.js';
import { ORACLE_COMPUTE, type Setup } from './setup.js';
import { median } from './statistics.js';

const PROCESSES = 200;
const TIMES = 5;

/** Prints how many of them failed. */
const START_ALL = `
pids=
for number in $(seq ${PROCESSES}); do "$@" >/dev/null & pids="$pids $!"; done
failed=0
for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done
echo "$failed"`;

/**
 * Two hundred processes that need a longer token at once: they send one request, all succeed, and it takes little more
 * time than to start as many that only look. Prints what came of it; gives the bounds.
 */
export async function measureParallel(setup: Setup, print: (text: string) => void): Promise<Bound[]> {
  const { compute, home, env } = setup;
  const cookiesFile = defaultCookiesFile(home, compute.origin, compute.user);
  const ratios: number[] = [];
  const requests: number[] = [];
  let failed = 0;
  for (let time = 0; time < TIMES; time++) {
    const looking = await startAll('status', env);
    await storeOldComputeSession(compute, cookiesFile);
    const before = compute.requests.length;
    const refreshing = await startAll('refresh_token --min-valid 10m', env);
    requests.push(compute.requests.length - before);
    ratios.push(refreshing.milliseconds / looking.milliseconds);
    failed += looking.failed + refreshing.failed;
  }
  const ratio = median(ratios);
  const many = `${PROCESSES} x refresh_token`;
  print(
    `\n${many} --min-valid 10m at once, a token with 5 minutes left, ${TIMES} times: requests ${requests.join(', ')}; ` +
      `failed ${failed}; ${ratio.toFixed(2)} x the time of ${PROCESSES} x status at once\n`,
  );
  return [
    { what: `${many} beside as many status`, measured: ratio, most: 1.5 },
    { what: `requests of ${many}`, measured: Math.max(...requests), most: 1 },
    { what: `failures of ${many}`, measured: failed, most: 0 },
  ];
}

async function startAll(words: string, env: NodeJS.ProcessEnv) {
  const started = performance.now();
  const line = ['sh', '-c', START_ALL, 'sh', ...`${ORACLE_COMPUTE} ${words}`.split(' ')];
  const { stdout } = await runQuietly(line, env);
  return { milliseconds: performance.now() - started, failed: Number(stdout) };
}
