import type { ChildProcess } from 'node:child_process';
import { expect, onTestFinished, vi } from 'vitest';
import { sessionKeys } from '../../lib/store/redis-server.js';
import type { Fleet, Host } from './fleet.js';
import { cleanEnvironment, type ProgramResult, runProgram } from './program.js';

export interface Holder {
  readonly process: ChildProcess;
  readonly ended: Promise<ProgramResult>;
  readonly answer: () => void;
}

/** A host whose refresh has been sent, and not been answered: it has the lock. */
export async function refresher(fleet: Fleet, host: Host): Promise<Holder> {
  let answer: () => void = () => undefined;
  const delay = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fleet.service.faults.once('/refresh/', { delay });
  const before = fleet.service.refreshes;
  let process: ChildProcess | undefined;
  const ended = runProgram(['refresh_token', '--shell', 'value'], {
    env: cleanEnvironment(host.home, host.env),
    onStart: (child) => {
      process = child;
    },
  });
  onTestFinished(() => void process?.kill('SIGKILL'));
  await vi.waitFor(() => expect(fleet.service.refreshes).toBe(before + 1), { timeout: 100_000 });
  if (!process) throw new Error('it was not started');
  return { process, ended, answer };
}

/** How long the lock in the engine lasts yet, in milliseconds; -2 where there is none. */
export const lockOf = ({ redis, service }: Fleet) => redis.ask('PTTL', sessionKeys(service.origin, service.user).lock);
