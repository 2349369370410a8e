import { openSession } from '../../lib/index.js';
import type { Opening } from './fleet.js';
import { shiftedClock, use } from './fleet-use.js';

// One process of several hosts: opens their sessions, and uses all of them at the same time whenever it is told to.

export interface WorkerMessage {
  readonly open?: readonly Opening[];
  readonly pass?: { readonly minValidSeconds: number | undefined };
}

export interface Answer {
  readonly failures: readonly string[];
  readonly tokens: readonly string[];
}

let openings: readonly Opening[] = [];

process.on('message', async ({ open, pass }: WorkerMessage) => {
  if (open) openings = open;
  const answer = pass ? await passOnce(pass.minValidSeconds) : { failures: [], tokens: [] };
  process.send?.(answer satisfies Answer);
});

async function passOnce(minValidSeconds: number | undefined): Promise<Answer> {
  const answer = { failures: [] as string[], tokens: [] as string[] };
  const one = async ({ session, clockAhead }: Opening) => {
    const opened = await openSession({ ...session, clock: shiftedClock(clockAhead) });
    if (minValidSeconds !== undefined) answer.tokens.push(await opened.cookie({ minValidSeconds }));
    await use(opened);
  };
  await Promise.all(openings.map((opening) => one(opening).catch((error) => answer.failures.push(String(error)))));
  return answer;
}
