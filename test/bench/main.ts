/** `npm run bench`: what the commands cost, as ratios in one run of hyperfine, on the local service over TLS. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startComputeService } from '../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';

interface Timing {
  readonly median: number;
  readonly min: number;
}

const program = resolve('dist/bin/oracle-compute.js');
const minimal = resolve('test/bench/minimal-login.cjs');

/** Name, command line, and the row that it is a multiple of. */
const ROWS = [
  { name: 'bare node', line: 'node -e 0', base: 0, bound: undefined },
  { name: '--version', line: `node ${program} --version`, base: 0, bound: 1.4 },
  { name: 'status', line: `node ${program} status`, base: 0, bound: 2.4 },
  { name: 'node:https script', line: `node ${minimal}`, base: 3, bound: undefined },
  { name: 'auth', line: `node ${program} auth`, base: 3, bound: 1.6 },
  { name: 'refresh_token', line: `node ${program} refresh_token`, base: 3, bound: 1.6 },
] as const;

async function main(): Promise<void> {
  if (spawnSync('hyperfine', ['--version']).status !== 0) {
    process.stderr.write('hyperfine is missing; to get it: apt-get install hyperfine\n');
    process.exitCode = 1;
    return;
  }
  const home = mkdtempSync(join(tmpdir(), 'bench-'));
  const authority = await createLocalAuthority();
  const service = await startComputeService({ tls: authority });
  try {
    const [passwordFile, caFile] = [join(home, 'password'), join(home, 'ca.pem')];
    writeFileSync(passwordFile, service.password, { mode: 0o600 });
    writeFileSync(caFile, authority.certificatePem);
    // NODE_OPTIONS and NODE_EXTRA_CA_CERTS would be measured too.
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      OPC_API: service.url,
      OPC_USER: service.user,
      OPC_PASSWORD_FILE: passwordFile,
      OPC_CA_BUNDLE: caFile,
    };
    process.stdout.write(renderTable(await measure(home, env)));
  } finally {
    await service.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** hyperfine runs beside the service, which lives in this process and must go on answering. */
async function measure(home: string, env: NodeJS.ProcessEnv): Promise<readonly Timing[]> {
  const login = spawn(process.execPath, [program, 'auth'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(login, 'exit');
  const report = join(home, 'report.json');
  const options = ['-N', '--warmup', '3', '--runs', '15', '--style', 'none', '--export-json', report];
  const run = spawn('hyperfine', [...options, ...ROWS.map(({ line }) => line)], { env, stdio: 'inherit' });
  const [status] = await once(run, 'exit');
  if (status !== 0) throw new Error(`hyperfine ended with ${status}`);
  return JSON.parse(readFileSync(report, 'utf8')).results;
}

function renderTable(timings: readonly Timing[]): string {
  const lines = ROWS.map(({ name, base, bound }, index) => {
    const ratio = (timings[index]?.median ?? 0) / (timings[base]?.median ?? 1);
    const least = (timings[index]?.min ?? 0) / (timings[base]?.min ?? 1);
    const cells = [name.padEnd(18), ratio.toFixed(2), least.toFixed(2), bound?.toFixed(1) ?? ''];
    return `${cells.map((cell) => cell.padStart(9)).join('  ')}  of ${ROWS[base].name}\n`;
  });
  return `${'command'.padEnd(18)}  ${['median x', 'min x', 'bound'].map((cell) => cell.padStart(9)).join('  ')}\n${lines.join('')}`;
}

await main();
