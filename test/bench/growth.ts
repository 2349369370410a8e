import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bound } from './bounds.js';
import type { Series } from './chart.js';
import { hyperfine } from './hyperfine.js';
import { homeWithMany, MANY_COOKIES } from './many-things.js';
import { runQuietly } from './run-quietly.js';
import { OCI, ORACLE_COMPUTE, PROFILE, type Setup } from './setup.js';
import { median, type Round, runsOf } from './statistics.js';

const SIZES = [1, 10, 100, 1000, 10_000];
const ROUNDS = 3;
const RUNS_IN_A_ROUND = 3;

/** What uses one of many should take the same time however many there are; what lists them may take it for each. */
interface Command {
  readonly name: string;
  readonly line: (home: string) => string;
  readonly lists?: boolean;
  readonly mayFail?: boolean;
}

const COMMANDS: readonly Command[] = [
  { name: 'status --all, of N stored sessions', line: () => `${ORACLE_COMPUTE} status --all`, lists: true },
  { name: 'session list, of N profiles', line: () => `${OCI} session list`, lists: true },
  {
    name: 'session validate --local, one of N profiles',
    line: () => `${OCI} session validate --local --profile ${PROFILE}`,
  },
  { name: 'status, one of N stored sessions', line: () => `${ORACLE_COMPUTE} status` },
  // A jar of more than 50 cookies or 64 KiB is refused. That must not take long either.
  {
    name: 'status, one of N cookies in the file',
    line: (home) => `${ORACLE_COMPUTE} status --cookie-file ${join(home, MANY_COOKIES)}`,
    mayFail: true,
  },
];

/** Ten times as many things take ten times as long; with room for what a first measurement misses. */
const LINEAR_MOST = 15;
const FLAT_MOST = 1.5;

/** Time against the number of stored things, of each the quickest run. Gives the lines of the graph, in milliseconds, and the bounds. */
export async function measureGrowth(setup: Setup): Promise<{ series: Series[]; bounds: Bound[] }> {
  const homes: string[] = [];
  for (const size of SIZES) homes.push(await homeWithMany(size, setup));
  const rounds: Round[][] = homes.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, home] of homes.entries()) {
      const env = { ...setup.env, HOME: home };
      if (round === 0) await refuseFailures(home, env);
      const lines = COMMANDS.map(({ line }) => line(home));
      rounds[index]?.push(await hyperfine(lines, { env, runs: RUNS_IN_A_ROUND, folder: setup.scratch, failing: true }));
    }
  }
  for (const home of homes) rmSync(home, { recursive: true, force: true });
  const series = COMMANDS.map(({ name }, row) => ({
    name,
    points: SIZES.map((size, index) => ({ x: size, y: Math.min(...runsOf(rounds[index] ?? [], row)) })),
  }));
  return { series, bounds: series.map((line, row) => boundOf(line, COMMANDS[row]?.lists === true)) };
}

/** A command that fails at once would look quick. */
async function refuseFailures(home: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const { name, line, mayFail } of COMMANDS) {
    const { status } = await runQuietly(line(home).split(' '), env);
    if (status !== 0 && !mayFail) throw new Error(`${name} ended with ${status}`);
  }
}

function boundOf({ name, points }: Series, lists: boolean): Bound {
  const times = points.map(({ y }) => y);
  const [beforeLast = Number.NaN, last = Number.NaN] = times.slice(-2);
  const few = median(times.slice(0, 3));
  return lists
    ? { what: `${name}: 10 000 beside 1 000`, measured: (last - few) / (beforeLast - few), most: LINEAR_MOST }
    : { what: `${name}: 10 000 beside 1 to 100`, measured: last / few, most: FLAT_MOST };
}
