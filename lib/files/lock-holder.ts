import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import { systemErrorCode } from '../errors.js';
import { readFile, readlink } from './at-once.js';

/** What is known of the process behind a lock. Unknown: it runs elsewhere, or this machine does not say. */
export type HolderState = 'alive' | 'dead' | 'unknown';

const NAME = /^(\d{1,10})-(\d+)-([\w.]+)-[a-z0-9]+$/;

/**
 * A name for the holder of a lock: its process, the start of that process, its place (machine and process namespace),
 * and a number of its own. So a waiter can tell a holder that was killed from one that only gets no time to show a sign
 * of life on a busy machine.
 */
export async function newHolderName(): Promise<string> {
  const [start, place] = await Promise.all([startOf('self'), ownPlace()]);
  return [pid, start ?? 0, place, Math.random().toString(36).slice(2, 10)].join('-');
}

export function isHolderName(name: string): boolean {
  return NAME.test(name);
}

export async function stateOfHolder(name: string): Promise<HolderState> {
  const [, holder, start, place] = NAME.exec(name) ?? [];
  if (holder === undefined || place !== (await ownPlace())) return 'unknown';
  try {
    kill(Number(holder), 0);
  } catch (error) {
    // What is another user's cannot be asked further.
    return systemErrorCode(error) === 'ESRCH' ? 'dead' : 'unknown';
  }
  // A number is used again, sooner or later: it must be the process that started when the holder did.
  return start === '0' || (await startOf(holder)) === start ? 'alive' : 'dead';
}

/** When a process started, in the kernel's own unit (Linux, proc(5): field 22), or undefined where that is not said. */
async function startOf(process: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${process}/stat`, 'latin1').catch(() => undefined);
  const [state, ...fields] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  // A zombie has ended; only its parent has not heard of it yet.
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

/** Process numbers mean something on one machine only, and there in one process namespace (a container has its own). */
async function ownPlace(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()}.${namespace}`.replace(/[^\w.]+/g, '_').slice(0, 100);
}
