import { describe, expect, it } from 'vitest';
import { run } from '../../cli/run.js';
import { OracleComputeError } from '../../lib/errors.js';
import type { HttpClient } from '../../lib/http/client.js';
import { temporaryHome } from '../support/temporary-home.js';
import { type TestContextOptions, testContext } from '../support/test-context.js';

const interrupted = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') =>
  new OracleComputeError('INTERRUPTED', `interrupted by ${signal}`, { signal });

/** A login whose request fails as `failing` says. */
async function login(failing: () => Promise<never>, options: Partial<TestContextOptions> = {}, line = ['auth']) {
  const captured = { stdout: '', stderr: '' };
  const env = { OPC_API: 'https://compute.example', OPC_USER: '/Compute-acme/jack' };
  const context = testContext(
    { home: temporaryHome(), env, answers: ['password'], stdoutIsTTY: false, ...options },
    captured,
  );
  const http: HttpClient = { send: failing, stream: failing };
  const status = await run([...line, '-p', '-'], { ...context, http: () => http });
  return { status, ...captured };
}

describe('a program that is told to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends with the status of %s, whatever else fails because of it', async (signal, status) => {
    for (const failure of [
      new OracleComputeError('UNREACHABLE', 'cut', { origin: 'https://compute.example', cause: 'ECONNRESET' }),
      new TypeError('a fault'),
      interrupted(signal),
    ]) {
      const stop = new AbortController();
      const failing = async () => {
        stop.abort(interrupted(signal));
        throw failure;
      };
      const result = await login(failing, { interruption: stop.signal });
      expect(result).toMatchObject({ status, stdout: 'false\n' });
      expect(result.stderr).toContain(`interrupted by ${signal}`);
      expect(result.stderr).not.toMatch(/cut|a fault/);
    }
  });

  it('ends with the status of what failed where it was not told to', async () => {
    const unreachable = { origin: 'https://compute.example', cause: 'ECONNRESET' };
    const failing = async () => Promise.reject(new OracleComputeError('UNREACHABLE', 'cut', unreachable));
    expect(await login(failing)).toMatchObject({ status: 3, stdout: 'false\n' });
    expect(await login(async () => Promise.reject(new TypeError('a fault')))).toMatchObject({ status: 1 });
  });
});

describe('what a failure prints for eval', () => {
  const failing = async () => Promise.reject(new TypeError('a fault'));
  it.each([
    ['a Unix shell', ['auth'], {}, 'false\n'],
    ['a Unix shell that is named', ['auth', '--shell', 'fish'], {}, 'false\n'],
    ['another shell', ['auth', '--shell', 'powershell'], {}, ''],
    ['a program', ['auth', '--shell', 'json'], {}, ''],
    ['a reader of JSON', ['auth', '-f', 'json'], {}, ''],
    ['nobody', ['auth', '-q'], {}, ''],
    ['a person', ['auth'], { stdoutIsTTY: true }, ''],
  ])('is right for %s', async (_, line, options, stdout) => {
    expect(await login(failing, options, line)).toMatchObject({ status: 1, stdout });
  });
});
