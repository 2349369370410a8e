import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

function count(report: unknown): { status: number | null; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'count-'));
  try {
    const path = join(folder, 'results.json');
    if (report !== undefined) writeFileSync(path, JSON.stringify(report));
    const { status, stdout } = spawnSync(process.execPath, ['tools/count-tests.mjs', path], { encoding: 'utf8' });
    return { status, lines: stdout.split('\n').filter(Boolean) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function file(...statuses: string[]): unknown {
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return { name: join(process.cwd(), 'test/some.test.ts'), status, assertionResults: statuses.map(test) };
}

function test(status: string, index: number): unknown {
  const failureMessages = status === 'failed' ? [`Error: it is ${index}\n    at some.test.ts:1:2`] : [];
  return { fullName: `group test ${index}`, status, failureMessages };
}

const UNREADABLE = {
  name: join(process.cwd(), 'test/other.test.ts'),
  status: 'failed',
  message: 'no such module',
  assertionResults: [],
};

it.each([
  ['all passed', { testResults: [file('passed', 'passed'), file('passed')] }, 0, ['3 passed, 0 failed']],
  [
    'one failed',
    { testResults: [file('passed', 'failed')] },
    1,
    [
      'FAILED test/some.test.ts > group test 1',
      '    Error: it is 1',
      '        at some.test.ts:1:2',
      '1 passed, 1 failed',
    ],
  ],
  [
    'a file that cannot be loaded',
    { testResults: [file('passed'), UNREADABLE] },
    1,
    ['FAILED test/other.test.ts > the file cannot be loaded', '    no such module', '1 passed, 1 failed'],
  ],
  [
    'one skipped',
    { testResults: [file('passed', 'skipped')] },
    1,
    ['1 skipped, and here nothing may be skipped', '1 passed, 0 failed'],
  ],
  ['no tests', { testResults: [] }, 1, ['0 passed, 0 failed']],
  ['no report', undefined, 1, ['0 passed, 1 failed']],
])('%s', (_title, report, status, lines) => {
  expect(count(report)).toEqual({ status, lines });
});

it('gives a long reason by its beginning', () => {
  const long = { name: 'a.test.ts', status: 'failed', message: 'x'.repeat(100_000), assertionResults: [] };
  expect(count({ testResults: [long] }).lines.join('').length).toBeLessThan(1000);
});
