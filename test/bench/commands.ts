import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findNextOci } from '../../cli/parser/delegate.js';
import type { Bound } from './bounds.js';
import { hyperfine } from './hyperfine.js';
import { hasGnuTime, peakMemory } from './peak-memory.js';
import { runQuietly } from './run-quietly.js';
import {
  BARE_NODE,
  bundledPackages,
  CURL_SCRIPT,
  NODE_HTTPS_SCRIPT,
  OCI,
  ORACLE_COMPUTE,
  PROFILE,
  type Setup,
} from './setup.js';
import { leastRatio, median, medianRatio, type Round, runsOf } from './statistics.js';
import { renderTable } from './table.js';

interface Command {
  readonly name: string;
  readonly line: string;
}

interface Comparison {
  readonly name: string;
  readonly base: string;
  /** The most that it may be; what is only shown has none. */
  readonly most?: number;
}

const VALIDATE = `session validate --local --profile ${PROFILE}`;

const COMMANDS: readonly Command[] = [
  { name: 'bare node', line: BARE_NODE },
  { name: '--version', line: `${ORACLE_COMPUTE} --version` },
  { name: 'status', line: `${ORACLE_COMPUTE} status` },
  { name: 'session validate --local', line: `${OCI} ${VALIDATE}` },
  { name: 'node:https script', line: NODE_HTTPS_SCRIPT },
  { name: 'auth', line: `${ORACLE_COMPUTE} auth` },
  { name: 'refresh_token', line: `${ORACLE_COMPUTE} refresh_token` },
  { name: 'curl script', line: CURL_SCRIPT },
];

/** What the packages take that the commands are built on, bundled as these are: by that we judge our own part. */
const PACKAGES_LINE = 'yargs alone';
const PACKAGES_LOGIN = 'yargs, got, tough-cookie alone';

const ORACLES = "Oracle's session validate --local";

const COMPARISONS: readonly Comparison[] = [
  { name: '--version', base: 'bare node', most: 1.3 },
  { name: 'status', base: PACKAGES_LINE, most: 1.4 },
  { name: 'session validate --local', base: PACKAGES_LINE, most: 1.7 },
  { name: 'auth', base: PACKAGES_LOGIN, most: 1.2 },
  { name: 'refresh_token', base: PACKAGES_LOGIN, most: 1.2 },
  { name: 'archive: --version', base: "the archive's node", most: 1.1 },
  { name: 'archive: status', base: 'npm: status', most: 1 },
  { name: 'status', base: 'bare node' },
  { name: PACKAGES_LINE, base: 'bare node' },
  { name: 'auth', base: 'node:https script' },
  { name: PACKAGES_LOGIN, base: 'node:https script' },
  { name: 'auth', base: 'curl script' },
  { name: 'session validate --local', base: ORACLES },
];

const ROUNDS = 20;
const RUNS_IN_A_ROUND = 3;

/** What each command costs, as a multiple of what it is measured against. Prints two tables; gives the bounds. */
export async function measureCommands(setup: Setup, print: (text: string) => void): Promise<Bound[]> {
  const { env, scratch } = setup;
  const others = [...(await packagesAlone(scratch)), ...(await oraclesCommand(setup, print)), ...archiveAlone(setup)];
  const commands = [...COMMANDS, ...others];
  const lines = commands.map(({ line }) => line);
  await hyperfine(lines, { env, runs: 2, folder: scratch });
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await hyperfine(lines, { env, runs: RUNS_IN_A_ROUND, folder: scratch }));
  }
  print(await renderCommands(commands, rounds, setup, print));

  const row = (name: string) => commands.findIndex((command) => command.name === name);
  const compared = COMPARISONS.filter(({ base }) => row(base) !== -1).map((comparison) => ({
    ...comparison,
    measured: medianRatio(rounds, row(comparison.name), row(comparison.base)),
    least: leastRatio(rounds, row(comparison.name), row(comparison.base)),
  }));
  print(
    renderTable(
      ['times', 'of', 'median', 'least', 'at most'],
      compared.map(({ name, base, measured, least, most }) => [
        name,
        base,
        `${measured.toFixed(2)} x`,
        `${least.toFixed(2)} x`,
        most === undefined ? '' : `${most.toFixed(1)} x`,
      ]),
      2,
    ),
  );
  return compared.flatMap(({ name, measured, most }) => (most === undefined ? [] : [{ what: name, measured, most }]));
}

async function renderCommands(
  commands: readonly Command[],
  rounds: readonly Round[],
  { env, scratch }: Setup,
  print: (text: string) => void,
): Promise<string> {
  const withMemory = await hasGnuTime();
  if (!withMemory) print('no peak memory: GNU time is missing; to get it: apt-get install time\n');
  const rows: string[][] = [];
  for (const [index, { name, line }] of commands.entries()) {
    const runs = runsOf(rounds, index);
    const memory = withMemory ? [(await peakMemory(line, env, scratch)).toFixed(0)] : [];
    rows.push([name, median(runs).toFixed(1), Math.min(...runs).toFixed(1), ...memory]);
  }
  return renderTable(['command', 'median ms', 'least ms', ...(withMemory ? ['peak MiB'] : [])], rows, 1);
}

async function packagesAlone(scratch: string): Promise<Command[]> {
  const [line = '', login = ''] = await bundledPackages(['line', 'login'], scratch);
  return [
    { name: PACKAGES_LINE, line: `${line} run` },
    { name: PACKAGES_LOGIN, line: `${login} run` },
  ];
}

/** The archive that brings its own Node, if `npm run dist` has built it, and what npm installs, on the same Node. */
function archiveAlone({ scratch }: Setup): Command[] {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const archive = `release/oracle-compute-${version}-${process.platform}-${process.arch}.tar.gz`;
  if (!existsSync(archive)) return [];
  execFileSync('tar', ['-xzf', archive, '-C', scratch]);
  const root = join(scratch, `oracle-compute-${version}`);
  const home = join(root, 'lib', 'oracle-compute');
  const installed = join(scratch, 'oracle-compute');
  symlinkSync(resolve('dist/bin/oracle-compute.js'), installed);
  return [
    { name: "the archive's node", line: `${home}/node -e 0` },
    { name: 'archive: --version', line: `${root}/bin/oracle-compute --version` },
    { name: 'archive: status', line: `${root}/bin/oracle-compute status` },
    // npm's links begin with /usr/bin/env, which looks for Node on the PATH.
    { name: 'npm: status', line: `/usr/bin/env PATH=${home} ${installed} status` },
  ];
}

/** Oracle's own program for the same, where it is installed and takes the session. Ours is not taken for it. */
async function oraclesCommand({ env, home }: Setup, print: (text: string) => void): Promise<Command[]> {
  const { platform } = process;
  const self = [process.execPath, resolve('dist/bin/oci.js')];
  const oci = await findNextOci([], { env, platform, self });
  if (oci === undefined) {
    print(`not beside Oracle's own oci, which is not on PATH\n`);
    return [];
  }
  const line = `${oci} session validate --local --config-file ${home}/.oci/config --profile ${PROFILE} --auth security_token`;
  const { status } = await runQuietly(line.split(' '), env);
  if (status === 0) return [{ name: ORACLES, line }];
  print(`not beside Oracle's own oci: ${oci} ended with ${status}\n`);
  return [];
}
