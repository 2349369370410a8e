import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type ComputeService,
  type ComputeServiceOptions,
  startComputeService,
} from '../../fixtures/compute-service/server.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';
import { type RunResult, runLine, type TestClock, type TestContextOptions, testClock } from './test-context.js';

/** An instant that no test depends on: 2026-03-01 12:00 UTC. */
export const NOON = Date.UTC(2026, 2, 1, 12);

export const MINUTE = 60_000;

/** A local service, a home folder with a password file, and one clock for both sides of the line. */
export interface ComputeBench {
  readonly service: ComputeService;
  readonly home: string;
  readonly clock: TestClock;
  readonly passwordFile: string;
  readonly env: Record<string, string | undefined>;
  /** Runs a command line in this process. */
  run(line: readonly string[], options?: Partial<TestContextOptions>): Promise<RunResult>;
  /** Lets time pass for both sides. */
  pass(milliseconds: number): void;
}

export async function computeBench(options: ComputeServiceOptions = {}, time: number = NOON): Promise<ComputeBench> {
  const home = temporaryHome();
  const clock = testClock(time);
  const service = await startComputeService({ clock: () => clock.time, ...options });
  onTestFinished(() => service.close());
  const passwordFile = writeFileWithMode(join(home, '.opc', 'password'), `${service.password}\n`);
  const env: Record<string, string | undefined> = {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_PASSWORD_FILE: passwordFile,
  };
  return {
    service,
    home,
    clock,
    passwordFile,
    env,
    run: (line, context = {}) => runLine(line, { home, clock, env, ...context }),
    pass: (milliseconds) => {
      clock.time += milliseconds;
    },
  };
}

/** The token in a line for sh. */
export function tokenIn(stdout: string): string {
  const match = /^export OPC_COOKIE='([^']*)'\n$/.exec(stdout);
  if (!match) throw new Error(`not one export line: ${JSON.stringify(stdout)}`);
  return match[1] ?? '';
}
