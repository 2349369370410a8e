// Counts JSON reports of Vitest: prints `N passed, N failed` and fails unless tests ran and all of them passed.
import { existsSync, readFileSync } from 'node:fs';

const paths = process.argv.slice(2);
const reports = paths.map((path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined));
const missing = reports.filter((report) => report === undefined).length;
const files = reports.flatMap((report) => report?.testResults ?? []);
const tests = files.flatMap((file) => file.assertionResults.map((test) => test.status));

const passed = tests.filter((status) => status === 'passed').length;
const failedTests = tests.filter((status) => status === 'failed').length;
// A file that cannot be loaded has no tests to fail, and no report at all is the failure of the run.
const failedFiles = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = failedTests + failedFiles + missing;
const skipped = tests.length - passed - failedTests;

if (skipped > 0) console.log(`${skipped} skipped, and here nothing may be skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 && skipped === 0 ? 0 : 1;
