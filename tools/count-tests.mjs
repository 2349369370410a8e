// Counts JSON reports of Vitest: prints what failed, then `N passed, N failed`, and fails unless tests ran and all of
// them passed. It comes last, so that the end of a long log says what went wrong.
import { countsOf, failuresOf, readReport } from './testing/test-report.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };
for (const path of process.argv.slice(2)) {
  const report = readReport(path);
  for (const failure of failuresOf(report)) console.log(failure);
  // No report at all is the failure of the run.
  const counts = report === undefined ? { passed: 0, failed: 1, skipped: 0 } : countsOf(report);
  for (const outcome of Object.keys(total)) total[outcome] += counts[outcome];
}

if (total.skipped > 0) console.log(`${total.skipped} skipped, and here nothing may be skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.passed > 0 && total.failed === 0 && total.skipped === 0 ? 0 : 1;
