import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession, readCaBundle } from '../../lib/index.js';
import type { Bound } from './bounds.js';
import type { Series } from './chart.js';
import { hasGnuTime, peakMemory } from './peak-memory.js';
import { runQuietly } from './run-quietly.js';
import { bundledPackages, ORACLE_COMPUTE, type Setup } from './setup.js';
import { median } from './statistics.js';
import { renderTable } from './table.js';

const ROUNDS = 7;
const MANY = 10_000;

interface Comparison {
  readonly what: string;
  readonly count: number;
  readonly method: 'GET' | 'DELETE';
  /** Milliseconds that each answer takes. */
  readonly latency: number;
  /** The most that it may be, as a multiple of curl's time. */
  readonly most: number;
}

const COMPARISONS: readonly Comparison[] = [
  { what: '100 gets', count: 100, method: 'GET', latency: 0, most: 2.5 },
  { what: '1 000 deletes', count: 1000, method: 'DELETE', latency: 0, most: 2 },
  { what: '100 gets, 40 ms each', count: 100, method: 'GET', latency: 40, most: 1.3 },
  { what: '1 000 deletes, 40 ms each', count: 1000, method: 'DELETE', latency: 40, most: 1.3 },
];

/** Sizes of the graph; a process for each object is measured up to `LOOP`. */
const SIZES = [1, 10, 100, 1000];
const LOOP = 100;

/**
 * Many objects in one call, beside `curl --parallel --parallel-max 8` with the same requests over TLS, start-up included.
 * Prints a table. Gives the bounds, and the lines of the graph in milliseconds.
 */
export async function measureObjects(setup: Setup, print: (text: string) => void) {
  const { compute, env } = setup;
  const add = await adder(setup);
  const [got = ''] = await bundledPackages(['objects'], setup.scratch);
  const rows: string[][] = [];
  const bounds: Bound[] = [];
  for (const { what, count, method, latency, most } of COMPARISONS) {
    const lines = { ...linesFor(setup, method, count), got: `${got} ${method} ${namesOf(count).join(' ')}`.split(' ') };
    const times = { ours: [] as number[], curl: [] as number[], got: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['curl', 'got', 'ours'] as const) {
        compute.rules.latency = 0;
        if (round === 0 || method === 'DELETE') await add(count);
        compute.rules.latency = latency;
        times[name].push(
          await timed(lines[name], { ...env, ...(name === 'got' && { OPC_COOKIE: compute.issueToken() }) }),
        );
      }
    }
    compute.rules.latency = 0;
    const ratio = median(times.ours.map((time, round) => time / (times.curl[round] ?? Number.NaN)));
    const least = Math.min(...times.ours) / Math.min(...times.curl);
    const cells = [times.ours, times.got, times.curl].map((each) => median(each).toFixed(0));
    rows.push([what, ...cells, `${ratio.toFixed(2)} x`, `${least.toFixed(2)} x`, `${most.toFixed(1)} x`]);
    bounds.push({ what: `${what} beside curl`, measured: ratio, most });
  }
  print(renderTable(['in one call', 'ms', 'got alone ms', 'curl ms', 'median', 'least', 'at most'], rows, 1));
  // What was deleted is there again.
  await add(Math.max(...SIZES));
  const series = await measureSizes(setup);
  return { series, bounds: [...bounds, ...(await measureMemory(setup, add, print))] };
}

async function measureSizes(setup: Setup): Promise<Series[]> {
  const quickest = async (line: readonly string[], runs: number) => {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push(await timed(line, setup.env));
    return Math.min(...times);
  };
  const points = { ours: [] as Point[], curl: [] as Point[], loop: [] as Point[] };
  for (const x of SIZES) {
    const { ours, curl } = linesFor(setup, 'GET', x);
    points.ours.push({ x, y: await quickest(ours, 5) });
    points.curl.push({ x, y: await quickest(curl, 5) });
    const loop = `for number in $(seq ${x}); do ${ORACLE_COMPUTE} get sshkey k0 -f json; done`;
    if (x <= LOOP) points.loop.push({ x, y: await quickest(['sh', '-c', loop], x < LOOP ? 3 : 1) });
  }
  return [
    { name: 'a process for each', points: points.loop },
    { name: 'get of N names', points: points.ours },
    { name: 'curl --parallel', points: points.curl },
  ];
}

type Point = Series['points'][number];

async function measureMemory(
  { env, scratch }: Setup,
  add: (count: number) => Promise<void>,
  print: (text: string) => void,
): Promise<Bound[]> {
  if (!(await hasGnuTime())) return [];
  await add(MANY);
  const peaks: number[] = [];
  for (const count of [100, MANY]) {
    const names = join(scratch, `names-${count}`);
    writeFileSync(names, namesOf(count).join('\n'));
    const script = join(scratch, `get-${count}.sh`);
    writeFileSync(script, `exec ${ORACLE_COMPUTE} get sshkey - -f json < ${names}\n`);
    peaks.push(await peakMemory(`sh ${script}`, env, scratch));
  }
  const [few = Number.NaN, many = Number.NaN] = peaks;
  print(`peak memory of get: ${few.toFixed(0)} MiB with 100 names, ${many.toFixed(0)} MiB with ${MANY}\n`);
  return [{ what: `memory with ${MANY} names beside 100`, measured: many / few, most: 1.3 }];
}

/** Makes sure that there are so many objects to get or delete. */
async function adder({ compute, env, home }: Setup): Promise<(count: number) => Promise<void>> {
  const { url: endpoint, user } = compute;
  const { OPC_PASSWORD_FILE: passwordFile = '', OPC_CA_BUNDLE = '' } = env;
  const certificateAuthorities = await readCaBundle(OPC_CA_BUNDLE);
  const session = await openSession({ endpoint, user, passwordFile, certificateAuthorities, env, home });
  const keys = session.objects('sshkey');
  return async (count) => {
    let next = 0;
    const worker = async () => {
      // One that is left from before is as good.
      while (next < count) await keys.add({ name: `${user}/k${next++}`, key: 'ssh-rsa' }).catch(() => undefined);
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  };
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `k${number}`);
}

function linesFor(setup: Setup, method: Comparison['method'], count: number) {
  const names = namesOf(count);
  return {
    ours: `${ORACLE_COMPUTE} ${method === 'GET' ? 'get -f json' : 'delete'} sshkey ${names.join(' ')}`.split(' '),
    curl: ['curl', '-sS', '--parallel', '--parallel-max', '8', '-K', curlConfig(setup, method, names)],
  };
}

function curlConfig({ compute, env, scratch }: Setup, method: string, names: readonly string[]): string {
  const path = join(scratch, `curl-${method}-${names.length}`);
  const lines = [
    ...names.map((name) => `url = ${compute.origin}/sshkey${compute.user}/${name}`),
    `header = "Cookie: nimbula=${compute.issueToken()}"`,
    `request = ${method}`,
    `cacert = ${env.OPC_CA_BUNDLE}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

async function timed(line: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const { status } = await runQuietly(line, env);
  if (status !== 0) throw new Error(`${line.slice(0, 4).join(' ')} … ended with ${status}`);
  return performance.now() - started;
}
