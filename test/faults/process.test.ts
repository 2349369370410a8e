import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVERY_PATH } from '../../fixtures/compute-service/faults.js';
import { PROGRAM, runProgram } from '../support/program.js';
import { programBench } from '../support/program-bench.js';

/** Code that runs in the program before its own. */
function preload(home: string, code: string) {
  const path = join(home, 'preload.cjs');
  writeFileSync(path, code);
  return { NODE_OPTIONS: `--require=${path}` };
}

/** Standard input from which nothing ever comes, and which keeps no process alive. */
const DEAD_INPUT = `Object.defineProperty(process, 'stdin', {
  value: { isTTY: false, destroy() {}, async *[Symbol.asyncIterator]() { await new Promise(() => {}); } },
});`;

const TOO_MANY = `Object.assign(new Error('EMFILE: too many open files, open x'), { code: 'EMFILE', syscall: 'open' })`;

describe('a program that comes to its end before its work is done', () => {
  it('has failed, and says so', async () => {
    const { home, env, run } = await programBench();
    const result = await run(['auth', '-p', '-'], { env: { ...env, ...preload(home, DEAD_INPUT) } });
    expect(result).toMatchObject({ status: 1, stdout: 'false\n' });
    expect(result.stderr).toMatch(/^oracle-compute: the program ended before its work was done\n.*\n$/);
  });
});

describe('an error that nobody catches', () => {
  it.each([
    ['thrown', `setImmediate(() => { throw new TypeError('boom'); });`, 1, /^oracle-compute: a fault .*: boom\n.*\n$/],
    ['rejected', `Promise.reject(new TypeError('boom'));`, 1, /^oracle-compute: a fault .*: boom\n.*\n$/],
    [
      'of the system',
      `setImmediate(() => { throw ${TOO_MANY}; });`,
      2,
      /^oracle-compute: the system refused: EMFILE: .*\nallow more open files: ulimit -n 1024\n$/,
    ],
  ])('%s is one line, a status and false', async (_, code, status, text) => {
    const { home, env, run, service } = await programBench();
    service.faults.always(EVERY_PATH, { delay: new Promise<never>(() => undefined) });
    const result = await run(['auth'], { env: { ...env, ...preload(home, code) } });
    expect(result).toMatchObject({ status, signal: null, stdout: 'false\n' });
    expect(result.stderr).toMatch(text);
  });
});

describe('at the start', () => {
  const patched = (code: string) => `${code}; require('node:module').syncBuiltinESMExports();`;
  const noHome = patched(`require('node:os').homedir = () => { throw new Error('ENOENT') }`);

  it('without a home folder, help and version are there, and the rest says what to set', async () => {
    const { home, env, run } = await programBench();
    const homeless = { ...env, ...preload(home, noHome), HOME: undefined };
    for (const line of ['--version', 'status --help']) {
      expect(await run(line.split(' '), { env: homeless })).toMatchObject({ status: 0, stderr: '' });
    }
    for (const line of ['status', 'session list']) {
      const { status, stderr } = await run(line.split(' '), { env: homeless });
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringMatching(
          /^oracle-compute: the home folder is unknown: HOME is not set.*\nset HOME: .*\n$/,
        ),
      });
    }
    const relative = await run(['status'], { env: { ...env, HOME: 'here' } });
    expect(relative).toMatchObject({ status: 2, stderr: expect.stringContaining('HOME is not an absolute path') });
  });

  it('what is thrown is said', async () => {
    const { home, env, run } = await programBench();
    const code = `process.geteuid = () => { throw new TypeError('boom') }`;
    const { status, stderr } = await run(['status'], { env: { ...env, ...preload(home, code) } });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('oracle-compute: failed') });
  });

  it('at a console of Windows, which has no /dev/null, it works', async () => {
    const { home, env } = await programBench();
    const code = patched(`Object.defineProperty(process, 'platform', { value: 'win32' });
      const fs = require('node:fs');
      const { statSync } = fs;
      fs.statSync = (path, ...more) => statSync(path === '/dev/null' ? '/C:/dev/null' : path, ...more)`);
    // A device, as a console is one.
    const shell = ['sh', '-c', 'exec "$@" < /dev/zero', 'sh', process.execPath, PROGRAM];
    const result = await runProgram(['--help'], { env: { ...env, ...preload(home, code) } }, shell);
    expect(result).toMatchObject({ status: 0, stderr: '' });
  });
});

it.each([
  ['auth', [18, 21, 24]],
  ['status', [21]],
  ['password status', [21]],
  ['exec true', [21, 24]],
  ['doctor', [21]],
] as const)('with few file descriptors %s works, or says in words what is missing', async (words, limits) => {
  const { env, runHere } = await programBench();
  if (words !== 'auth') expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
  for (const limit of limits) {
    const shell = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, PROGRAM];
    const { status, signal, stderr } = await runProgram(words.split(' '), { env, detached: true }, shell);
    // Node sends what is for a process that was not made to the whole group, or to any process.
    expect(signal).not.toBe('SIGKILL');
    if (!stderr.startsWith('oracle-compute: ')) continue;
    expect(stderr, `${limit}: ${status}`).not.toMatch(/fault of this program|^ {4}at /m);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(status).toBeGreaterThan(0);
  }
});

it.each(['cli-commands-status.js', 'cli-errors-report-error.js'])('without its %s says to reinstall', async (file) => {
  const { home, env } = await programBench();
  const installed = join(home, 'dist');
  cpSync(dirname(dirname(PROGRAM)), installed, { recursive: true });
  rmSync(join(installed, 'bin', file));
  // Fails, so that the error must be reported.
  const { status, stderr } = await runProgram(['status', '--min-valid', 'x'], { env }, [
    process.execPath,
    join(installed, 'bin', 'oracle-compute.js'),
  ]);
  expect([status, stderr]).toEqual([
    expect.any(Number),
    'oracle-compute: the installation is damaged: a file is missing\nreinstall it: npm install --global oracle-compute\n',
  ]);
  expect(status).toBeGreaterThan(0);
});

it('SIGUSR1 opens no debugger, and ends nothing', async () => {
  const { env, service } = await programBench();
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  service.faults.once('/authenticate/', { delay: held });
  const child = spawn(process.execPath, [PROGRAM, 'auth', '-q'], { env });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  await expect.poll(() => service.logins, { timeout: 60_000 }).toBe(1);
  child.kill('SIGUSR1');
  answer();
  expect(await ended).toEqual([0, null]);
  expect(stderr).toBe('');
});

describe('in a folder that has been deleted', () => {
  const inDeletedFolder = (home: string) => {
    mkdirSync(join(home, 'gone'));
    return ['sh', '-c', 'cd "$0" && rmdir "$0" && exec "$@"', join(home, 'gone'), process.execPath, PROGRAM];
  };

  it.each([
    [['exec', '--', 'sh', '-c', 'exit 7'], 7],
    [['session', 'list'], 0],
    [['schedule', 'cron'], 0],
    [['doctor', '-q'], 0],
    [['auth', '-q', '--cookie-file', 'jar.json'], 0],
  ])('%j works', async (line, status) => {
    const { home, env, runHere } = await programBench();
    expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
    const result = await runProgram(line, { env }, inDeletedFolder(home));
    expect(result, result.stderr).toMatchObject({ status });
  });

  it('a relative path leads to a file that does not exist', async () => {
    const { home, env } = await programBench();
    const result = await runProgram(['auth', '-p', 'password'], { env }, inDeletedFolder(home));
    expect(result).toMatchObject({ status: 2, stdout: 'false\n' });
    expect(result.stderr).not.toContain('fault of this program');
  });
});

describe('a reader that reads no more', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('does not hold the program at %s', async (signal, status) => {
    const { home, env, runHere, service } = await programBench();
    expect(await runHere(['auth', '-q'])).toMatchObject({ status: 0 });
    const path = '/account/Compute-acme/default';
    service.faults.always(path, { instead: { status: 200, body: 'x'.repeat(4 * 1024 * 1024) } });
    // The pipe is open as long as its reader lives, and has room for no more than 64 KiB.
    const script = `"$@" & echo $! > "$HOME/pid"; wait $!; echo $? > "$HOME/status"`;
    const line = [process.execPath, PROGRAM, 'request', 'GET', path];
    const shell = spawn(
      'bash',
      ['-c', `{ ${script}; } | { read -rn 1; echo reading >&2; sleep 1000; }`, 'sh', ...line],
      {
        env,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    onTestFinished(() => void process.kill(-(shell.pid ?? 0), 'SIGKILL'));
    await once(shell.stderr, 'data');
    process.kill(Number(readFileSync(join(home, 'pid'), 'utf8')), signal);
    const ended = () => existsSync(join(home, 'status')) && readFileSync(join(home, 'status'), 'utf8');
    await expect.poll(ended, { timeout: 60_000 }).toBe(`${status}\n`);
  });
});
