import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROGRAM, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';

const LOGIN = ['auth', '-p', '-'];

/** The program with its standard input in our hands. */
function start(line: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const child = spawn(process.execPath, [PROGRAM, ...line], { env: env as NodeJS.ProcessEnv });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  child.stdin.on('error', () => undefined);
  return { child, said, ended: once(child, 'close') };
}

/** As proc(5) shows it: the lowest bit of the signals that a process has handlers for is SIGHUP. */
function handlesHangup({ pid }: ChildProcess): boolean {
  const [, last] = /^SigCgt:\s*[\da-f]*([\da-f])$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number.parseInt(last ?? '0', 16) % 2 === 1;
}

async function feed({ stdin }: ChildProcess, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    stdin?.write(part);
    await wait(50);
  }
}

describe('a password on stdin', () => {
  it.each([
    ['a byte at a time, with the end of the line', (password: string) => [...password, '\n']],
    ['a byte at a time, without one', (password: string) => [...password]],
    ['in two pieces, and more behind it', (password: string) => [password.slice(0, 3), `${password.slice(3)}\nmore\n`]],
  ])('is read to its end: %s', async (_, parts) => {
    const { env, service } = await programBench();
    const { child, ended, said } = start(LOGIN, env);
    await feed(child, parts(service.password));
    child.stdin.end();
    expect(await ended, said.stderr).toEqual([0, null]);
    expect(service.logins).toBe(1);
  });

  it.each([
    ['without the end of a line', 'x'.repeat(300_000)],
    ['as one line', `${'x'.repeat(70_000)}\n`],
    ['in front of the right one', `${'x'.repeat(65_537)}\nright\n`],
  ])('that is too long is refused, not cut: %s', async (_, input) => {
    const { run, service } = await programBench();
    const result = await run(LOGIN, { input });
    expect(result).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(result.stderr).toMatch(/^oracle-compute: the password from standard input is longer than 64 KiB\n.*\n$/);
    expect(service.requests).toEqual([]);
  });

  it.each([
    ['is closed', ['sh', '-c', 'exec "$@" <&-', 'sh']],
    ['is the null device', ['sh', '-c', 'exec "$@" < /dev/null', 'sh']],
    ['is a folder', ['sh', '-c', 'exec "$@" < /', 'sh']],
    ['cannot be read', ['sh', '-c', 'exec "$@" 0> /dev/null', 'sh']],
    ['never ends', ['sh', '-c', 'exec "$@" < /dev/zero', 'sh']],
  ])('that %s is an error in words', async (_, shell) => {
    const { env, service } = await programBench();
    const result = await runProgram(LOGIN, { env }, [...shell, process.execPath, PROGRAM]);
    expect(result).toMatchObject({ signal: null, stdout: 'false\n' });
    expect(result.status).toBeGreaterThan(1);
    expect(result.stderr).toMatch(/^oracle-compute: .*\n.*\n$/);
    expect(result.stderr).not.toContain('fault of this program');
    expect(service.requests).toEqual([]);
  });

  it('is taken from a socket, whose reading does not block', async () => {
    const { env, service } = await programBench();
    const { child, ended, said } = start(LOGIN, env);
    child.stdin.end(`${service.password}\n`);
    expect(await ended, said.stderr).toEqual([0, null]);
  });
});

it('a signal ends the wait for stdin', async () => {
  const { env, runHere, service } = await programBench();
  expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
  const before = service.requests.length;
  const check = async (signal: NodeJS.Signals, status: number, line: readonly string[]) => {
    const { child, ended, said } = start(line, env);
    // Taken from the pipe as soon as the program reads: only then does all of it fit.
    await new Promise((resolve) => child.stdin.write('x'.repeat(60_000), resolve));
    // Node itself handles SIGINT and SIGTERM from the start; the program handles all three or none.
    await expect.poll(() => handlesHangup(child)).toBe(true);
    await wait(300);
    child.kill(signal);
    const stderr = expect.stringMatching(new RegExp(`^oracle-compute: interrupted by ${signal}\\n`));
    expect([signal, line, await ended, said.stderr]).toEqual([signal, line, [status, null], stderr]);
  };
  await Promise.all([
    check('SIGTERM', 143, LOGIN),
    check('SIGINT', 130, LOGIN),
    check('SIGHUP', 129, LOGIN),
    check('SIGTERM', 143, ['password', 'set']),
    check('SIGTERM', 143, ['request', 'POST', '/x', '--data', '-']),
  ]);
  expect(service.requests).toHaveLength(before);
});
