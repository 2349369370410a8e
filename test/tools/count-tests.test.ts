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
  return { status, assertionResults: statuses.map((each) => ({ status: each })) };
}

it.each([
  ['all passed', { testResults: [file('passed', 'passed'), file('passed')] }, 0, ['3 passed, 0 failed']],
  ['one failed', { testResults: [file('passed', 'failed')] }, 1, ['1 passed, 1 failed']],
  [
    'a file that cannot be loaded',
    { testResults: [file('passed'), { status: 'failed', assertionResults: [] }] },
    1,
    ['1 passed, 1 failed'],
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
