import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { realOutput } from '../../cli/context/real-output.js';
import { printForShell } from '../../cli/output/assignment.js';
import { showChecks } from '../../cli/output/checks.js';
import { startCountdown } from '../../cli/output/new-session.js';
import { renderFrame } from '../../cli/output/rows.js';
import { renderFields } from '../../cli/output/text.js';
import { note } from '../../lib/diagnostics/check.js';
import { OCI_PROGRAM, PROGRAM, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { temporaryHome } from '../support/temporary-home.js';
import { runLine, testContext } from '../support/test-context.js';

/** Each kind of output: help, a statement, fields, rows, bytes. */
const LINES: ReadonlyArray<readonly string[]> = [
  ['--version'],
  ['--help'],
  ['auth'],
  ['status'],
  ['status', '--all'],
  ['request', 'GET', '/account/Compute-acme/default'],
];

const FULL = ['sh', '-c', 'exec "$@" > /dev/full', 'sh', process.execPath];

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  it.each(LINES.map((line) => [line.join(' '), line] as const))('is a failure: %s', async (_, line) => {
    const { runHere, env } = await programBench();
    expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
    const result = await runProgram([PROGRAM, ...line], { env }, FULL);
    expect(result).toMatchObject({ status: 2, signal: null });
    expect(result.stderr).toMatch(
      /(^|\n)oracle-compute: the output cannot be written: the disk is full\nmake room where stdout goes: df -h.*\n$/,
    );
  });

  it('is a failure of oci, too, and an object with a code for a program', async () => {
    const { env, runHere } = await programBench();
    expect(await runHere(['auth'])).toMatchObject({ status: 0 });
    const oci = await runProgram([OCI_PROGRAM, '--version'], { env }, FULL);
    expect(oci).toMatchObject({ status: 2, stderr: expect.stringMatching(/^oci: the output cannot be written/) });
    const { stderr } = await runProgram([PROGRAM, 'status', '-f', 'json'], { env }, FULL);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'OUTPUT_FAILED' } });
  });

  it('is of no interest where nothing is printed', async () => {
    const { env, runHere } = await programBench();
    expect(await runHere(['auth'])).toMatchObject({ status: 0 });
    const line = ['refresh_token', '-q', '--min-valid', '1m'];
    expect(await runProgram([PROGRAM, ...line], { env }, FULL)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a reader that goes away', () => {
  it.each([
    ['request', 'GET', '/account/Compute-acme/default'],
    ['status', '-f', 'json'],
  ])('is no failure: %s %s', async (...line) => {
    const { env, runHere } = await programBench();
    expect(await runHere(['auth'])).toMatchObject({ status: 0 });
    const script = '{ "$@"; echo "$?" >&2; } | :';
    const result = await runProgram([PROGRAM, ...line], { env }, ['sh', '-c', script, 'sh', process.execPath]);
    expect(result).toMatchObject({ stdout: '', stderr: '0\n' });
  });
});

describe('text from outside', () => {
  const EVIL = 'x\u001b]0;owned\u0007\u009b2J\u202ey';

  const writtenTo = (isTTY: boolean, ...parts: ReadonlyArray<string | Uint8Array>) => {
    const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
    const output = realOutput(1, () => stream, new AbortController().signal);
    for (const part of parts) output.write(part);
    return stream.read().toString('utf8');
  };

  it.each([
    true,
    false,
  ])('commands nothing, whichever command prints it, and bytes stay as they are (tty: %s)', (isTTY) => {
    expect(writtenTo(isTTY, `${EVIL}\n`)).toBe('x\ufffd]0;owned\ufffd\ufffd2J\ufffdy\n');
    expect(writtenTo(isTTY, Buffer.from(EVIL))).toBe(EVIL);
  });

  it('begins no line of its own in a table, a field or a check', () => {
    const value = 'a\nfake  line';
    expect(renderFrame(['key'], [{ key: value }])).toContain('| a fake  line |');
    expect(renderFields([['user', value]])).toBe('user  a fake  line\n');
    const captured = { stdout: '', stderr: '' };
    showChecks([note('lock', `${value}${EVIL}`)], {}, testContext({ home: '/' }, captured));
    expect(captured.stdout).toBe('note  lock       a fake  linex?]0;owned??2J?y\n');
  });

  it('reaches a shell as it is, and a terminal does not', () => {
    const printed = (stdoutIsTTY: boolean, shell: 'sh' | 'json') => {
      const captured = { stdout: '', stderr: '' };
      const context = testContext({ home: '/', stdoutIsTTY }, captured);
      printForShell({ shell }, [{ name: 'OPC_USER', value: 'j\u202ek\u200dl' }], context);
      return captured.stdout;
    };
    expect(printed(false, 'sh')).toBe("export OPC_USER='j\u202ek\u200dl'\n");
    expect(printed(true, 'sh')).toBe("export OPC_USER='j\ufffdk\u200dl'\n");
    expect(printed(false, 'json')).toBe('{"OPC_USER":"j\\u202ek\u200dl"}\n');
  });

  it('is escaped in JSON on a terminal', async () => {
    const env = { OPC_API: 'https://a.example', OPC_USER: '/Compute-acme/j\u202ek', OPC_COOKIE: 'dG9rZW4=' };
    const { stdout } = await runLine(['status', '-f', 'json'], { home: temporaryHome(), env, stdoutIsTTY: true });
    expect(stdout).toContain('/Compute-acme/j\\u202ek');
  });

  it('meets no escape sequence of ours on a terminal that knows none', () => {
    for (const [TERM, shown] of [
      ['dumb', ''],
      ['xterm', '\rWaiting, 1:00 left\u001b[K\r\u001b[K'],
    ] as const) {
      const captured = { stdout: '', stderr: '' };
      const context = testContext({ home: '/', answers: [], env: { TERM } }, captured);
      startCountdown('Waiting', 60_000, context)();
      expect(captured.stderr).toBe(shown);
    }
  });
});
