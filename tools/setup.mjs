// The set-up step of `npm test`: gets the real programs that the tests meet, with --dist also what `npm run dist` is made
// with, and with --windows Wine for `npm run test:windows`. Says nothing when all are there.
//
// As root on a system with apt-get it installs what is missing. Elsewhere it says, a line for each, what will be
// skipped and how to get it. Under CI=true a test may not be skipped, so there a part that stays missing is a failure.
import { spawnSync } from 'node:child_process';
import {
  DIST_PART_NAMES,
  findPart,
  findProgram,
  howToGet,
  packagesOf,
  REAL_PART_NAMES,
  WINDOWS_PART_NAMES,
} from './testing/real-parts.mjs';

const ATTEMPTS = 3;
const ATTEMPT_TIME = 15 * 60_000;
const APT_OPTIONS = ['-q', '-y', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120'];

const NAMES = [
  ...REAL_PART_NAMES,
  ...(process.argv.includes('--dist') ? DIST_PART_NAMES : []),
  ...(process.argv.includes('--windows') ? WINDOWS_PART_NAMES : []),
];

function missingParts() {
  return NAMES.filter((name) => findPart(name) === undefined);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ATTEMPT_TIME,
  });
  return { ok: status === 0, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

/** The first package of a part that this release has; names differ between releases. */
function availablePackage(name) {
  return packagesOf(name).find((candidate) => /Candidate: [^(]/.test(run('apt-cache', ['policy', candidate]).stdout));
}

function installWithApt(names) {
  process.stderr.write(`Installing what the tests use: ${names.join(', ')}\n`);
  let log = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // An update that fails for one of the sources may still have brought what is needed.
    log = run('apt-get', ['update', ...APT_OPTIONS]).output;
    const packages = missingParts().map(availablePackage).filter(Boolean);
    if (packages.length === 0) break;
    const installed = run('apt-get', ['install', '--no-install-recommends', ...APT_OPTIONS, ...packages]);
    log += installed.output;
    if (installed.ok) return;
  }
  process.stderr.write(log);
}

const missing = missingParts();
if (missing.length > 0 && process.getuid?.() === 0 && findProgram('apt-get')) installWithApt(missing);

const stillMissing = missingParts();
for (const name of stillMissing) {
  process.stderr.write(`${name} is missing, the tests that need it are skipped. To get it: ${howToGet(name)}\n`);
}
if (stillMissing.length > 0 && process.env.CI === 'true') {
  process.stderr.write('CI=true: nothing may be skipped.\n');
  process.exitCode = 1;
}
