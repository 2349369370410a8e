import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OCI_PROGRAM, PROGRAM, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';

/** Every kind of line that prints, with what it may say before the error. */
const LINES: ReadonlyArray<readonly string[]> = [
  ['--version'],
  ['--help'],
  ['status', '--help'],
  ['auth'],
  ['refresh_token'],
  ['status'],
  ['status', '--all'],
  ['request', 'GET', '/account/Compute-acme/default'],
  ['schedule', 'cron', '-p', '/pw'],
  ['completion', 'bash'],
  ['doctor'],
  ['password', 'status'],
  ['session', 'list'],
];

const FULL = ['sh', '-c', 'exec "$@" > /dev/full', 'sh', process.execPath];

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  it.each(LINES.map((line) => [line.join(' '), line] as const))('is a failure: %s', async (_, line) => {
    const { run, env } = await programBench();
    expect(await run(['auth', '-q'])).toMatchObject({ status: 0 });
    const result = await runProgram([PROGRAM, ...line], { env }, FULL);
    expect(result).toMatchObject({ status: 2, signal: null });
    expect(result.stderr).toMatch(
      /(^|\n)oracle-compute: the output cannot be written: the disk is full\nmake room where stdout goes: df -h.*\n$/,
    );
  });

  it('is a failure of oci, too, and an object with a code for a program', async () => {
    const { env, run } = await programBench();
    expect(await run(['auth'])).toMatchObject({ status: 0 });
    const oci = await runProgram([OCI_PROGRAM, '--version'], { env }, FULL);
    expect(oci).toMatchObject({ status: 2, stderr: expect.stringMatching(/^oci: the output cannot be written/) });
    const { stderr } = await runProgram([PROGRAM, 'status', '-f', 'json'], { env }, FULL);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'OUTPUT_FAILED' } });
  });

  it('is of no interest where nothing is printed', async () => {
    const { env, run } = await programBench();
    expect(await run(['auth'])).toMatchObject({ status: 0 });
    for (const line of [
      ['refresh_token', '-q', '--min-valid', '1m'],
      ['status', '-q'],
    ]) {
      expect(await runProgram([PROGRAM, ...line], { env }, FULL)).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

describe('a reader that goes away', () => {
  it.each([
    ['completion', 'bash'],
    ['request', 'GET', '/account/Compute-acme/default'],
    ['status', '-f', 'json'],
  ])('is no failure: %s %s', async (...line) => {
    const { env, run } = await programBench();
    expect(await run(['auth'])).toMatchObject({ status: 0 });
    const script = '{ "$@"; echo "$?" >&2; } | :';
    const result = await runProgram([PROGRAM, ...line], { env }, ['sh', '-c', script, 'sh', process.execPath]);
    expect(result).toMatchObject({ stdout: '', stderr: '0\n' });
  });
});
