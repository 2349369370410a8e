import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';
import { temporaryHome } from '../support/temporary-home.js';

function newPipe(): string {
  const path = join(temporaryHome(), 'pipe');
  execFileSync('mkfifo', ['-m', '600', path]);
  return path;
}

/** Somebody who has opened the pipe, which waits for its reader, and writes nothing. */
async function silentWriter(path: string): Promise<void> {
  const writer = spawn('sh', ['-c', 'exec 3>"$1"; echo open; exec sleep 600', 'sh', path]);
  onTestFinished(() => void writer.kill('SIGKILL'));
  await once(writer.stdout, 'data');
}

const LINES: Record<string, (pipe: string) => { line: string[]; env?: Record<string, string | undefined> }> = {
  'a password': (pipe) => ({ line: ['auth', '-p', pipe] }),
  'a body': (pipe) => ({ line: ['request', 'POST', '/x', '--data', `@${pipe}`] }),
  'a CA bundle': (pipe) => ({ line: ['refresh_token', '-q', '--ca-bundle', pipe] }),
  'a profile': (pipe) => ({ line: ['auth', '-q'], env: { OPC_PROFILE_FILE: pipe, OPC_API: undefined } }),
};

it.each(Object.entries(LINES))('SIGTERM ends the wait for %s from a pipe', async (_, lineFor) => {
  const { env, storeOldSession } = await programBench();
  await storeOldSession();
  const pipe = newPipe();
  const { line, env: more } = lineFor(pipe);
  let child: ChildProcess | undefined;
  const onStart = (started: ChildProcess) => {
    child = started;
  };
  const running = runProgram(line, { env: { ...env, ...more }, onStart });
  await silentWriter(pipe);
  child?.kill('SIGTERM');
  expect(await running).toMatchObject({
    status: 143,
    stderr: expect.stringMatching(/^oracle-compute: [^\n]+\n[^\n]+\n$/),
  });
});

it('a password that a shell hands over is read, and one that it does not write is empty', async () => {
  const { env, service } = await programBench();
  const run = (writes: string) => {
    const shell = ['bash', '-c', `"$@" -p <(${writes})`, 'bash', process.execPath, 'dist/bin/oracle-compute.js'];
    return runProgram(['auth', '-q'], { env }, shell);
  };
  expect(await run(`sleep 1.2; echo '${service.password}'`)).toMatchObject({ status: 0, stderr: '' });
  expect(await run('true')).toMatchObject({ status: 4, stderr: expect.stringContaining('is empty') });
});
