import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { assertFreshBuild } from './fresh-build.js';

/** The built program, as an installation has it. */
export const PROGRAM = resolve('dist/bin/oracle-compute.js');
export const OCI_PROGRAM = resolve('dist/bin/oci.js');

assertFreshBuild(PROGRAM, ['cli', 'lib', 'tools/build.mjs', 'tools/package', 'package-lock.json']);

export interface ProgramResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly cwd?: string;
  /** In a process group of its own, so that a signal to all of the group does not reach the tests. */
  readonly detached?: boolean;
  /** Gets the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** What a program needs of the environment of the tests, and nothing that would change what it does. */
export function cleanEnvironment(home: string, env: Readonly<Record<string, string | undefined>> = {}) {
  return { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', ...env };
}

/** Runs the real program (or any other) to its end. */
export function runProgram(
  args: readonly string[],
  options: ProgramOptions,
  command: readonly string[] = [process.execPath, PROGRAM],
): Promise<ProgramResult> {
  const [file = '', ...first] = command;
  return new Promise((done, fail) => {
    const { env, cwd, detached } = options;
    const child = spawn(file, [...first, ...args], { env: env as NodeJS.ProcessEnv, cwd, detached });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', fail);
    child.once('close', (status, signal) => done({ status, signal, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    options.onStart?.(child);
  });
}
