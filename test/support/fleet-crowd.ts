import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import type { Host, Opening } from './fleet.js';
import type { Passed } from './fleet-life.js';
import type { Answer, WorkerMessage } from './fleet-worker.js';

const WORKERS = 4;

/** Hosts with several processes each: no two of one host are in the same process of this machine. */
export interface Crowd {
  /** Lets all processes of all hosts use the session, at the same time; with a token that lives so long, if that is said. */
  pass(minValidSeconds?: number): Promise<Passed>;
  /** Uses the session over and over, and says what failed. */
  live(isDone: () => boolean): Promise<readonly unknown[]>;
}

export async function crowdOf(hosts: readonly Host[], processes: number): Promise<Crowd> {
  if (processes > WORKERS) throw new Error('more processes than workers');
  const openings: Opening[][] = Array.from({ length: WORKERS }, () => []);
  for (const [index, { opening }] of hosts.entries()) {
    for (let process = 0; process < processes; process++) openings[(index + process) % WORKERS]?.push(opening);
  }
  const workers = openings.map(() => fork(resolve('test/support/fleet-worker.ts'), { execArgv: ['--import', 'tsx'] }));
  onTestFinished(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });
  const tell = (said: (worker: number) => WorkerMessage) =>
    Promise.all(workers.map((worker, index) => answerOf(worker, said(index))));
  await tell((index) => ({ open: openings[index] ?? [] }));

  const pass = async (minValidSeconds?: number): Promise<Passed> => {
    const answers = await tell(() => ({ pass: { minValidSeconds } }));
    return {
      failures: answers.flatMap(({ failures }) => failures),
      tokens: new Set(answers.flatMap(({ tokens }) => tokens)),
    };
  };
  return {
    pass,
    live: async (isDone) => {
      const failures: unknown[] = [];
      while (!isDone()) {
        failures.push(...(await pass()).failures);
        await systemClock.sleep(1000);
      }
      return failures;
    },
  };
}

async function answerOf(worker: ChildProcess, told: WorkerMessage): Promise<Answer> {
  const settled = new AbortController();
  const { signal } = settled;
  const answered = once(worker, 'message', { signal });
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new Error('a worker has ended');
  });
  ended.catch(() => undefined);
  worker.send({ ...told });
  try {
    const [answer] = (await Promise.race([answered, ended])) as [Answer];
    return answer;
  } finally {
    settled.abort();
  }
}
