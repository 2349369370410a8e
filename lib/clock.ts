import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { hrtime } from 'node:process';

/** Where the time comes from. Tests give a clock of their own; the program gives the system's. */
export interface Clock {
  /** Milliseconds since the epoch, by this machine's clock. */
  now(): number;
  /** Milliseconds of a clock that only ever goes forward; its zero means nothing. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or rejects with `signal.reason` as soon as it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** How long this machine has been running. Setting its clock does not change that. Undefined where it is unknown. */
  sinceBoot?(): Uptime | undefined;
}

export interface Uptime {
  /** Differs each time that the machine starts. */
  readonly boot: string;
  readonly milliseconds: number;
}

/** 24 days. A timer for longer than this ends at once, without a word but a warning of Node's. Milliseconds. */
export const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => {
    // Node loads `performance` when it is first asked for, which takes longer than most commands have to do.
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  sinceBoot: () => {
    try {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
      return { boot, milliseconds: Math.round(uptime() * 1000) };
    } catch {
      return undefined;
    }
  },
  sleep: async (milliseconds, signal) => {
    for (let left = milliseconds; left > 0; left -= LONGEST_TIMER) await timer(Math.min(left, LONGEST_TIMER), signal);
  },
};

function timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timeout);
      reject(signal?.reason);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
