// What the JSON reports of Vitest say.
import { existsSync, readFileSync } from 'node:fs';

/** How much of a failure's message is worth a place in a summary. */
const MESSAGE_LENGTH = 600;

/**
 * A report, or undefined if the file is missing (the run did not come to its end).
 * @param {string} path
 */
export function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/**
 * The tests of a report, counted by their outcome. A file that cannot be loaded has no tests to fail, so it counts as a
 * failure itself.
 */
export function countsOf(report) {
  const files = report?.testResults ?? [];
  const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status));
  const passed = statuses.filter((status) => status === 'passed').length;
  const failedTests = statuses.filter((status) => status === 'failed').length;
  const failed = failedTests + files.filter(cannotBeLoaded).length;
  return { passed, failed, skipped: statuses.length - passed - failedTests };
}

/** What failed, a paragraph each: the file, the test, and the beginning of the reason. */
export function failuresOf(report) {
  return (report?.testResults ?? []).flatMap((file) => {
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    const failures = tests.map((test) => paragraph(file.name, test.fullName, test.failureMessages?.join('\n')));
    return cannotBeLoaded(file) ? [paragraph(file.name, 'the file cannot be loaded', file.message)] : failures;
  });
}

function cannotBeLoaded(file) {
  return file.status === 'failed' && file.assertionResults.length === 0;
}

function paragraph(path, title, message = '') {
  const reason = message.trim().slice(0, MESSAGE_LENGTH).replaceAll('\n', '\n    ');
  return `FAILED ${path.replace(`${process.cwd()}/`, '')} > ${title}\n    ${reason}`;
}
