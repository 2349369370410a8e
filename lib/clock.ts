import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { hrtime } from 'node:process';

/** The source of time: the system's clock, or a test's. */
export interface Clock {
  /** Milliseconds since the epoch, by this machine's clock. */
  now(): number;
  /** Milliseconds of a clock that never goes back; its zero is arbitrary. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or rejects with `signal.reason` as soon as it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** How long this machine has been running, which does not depend on its clock. Undefined if it is unknown. */
  sinceBoot?(): Uptime | undefined;
}

export interface Uptime {
  /** Another one after each start of the machine. */
  readonly boot: string;
  readonly milliseconds: number;
}

/** 24 days. Node fires a longer timer immediately, with only a warning. Milliseconds. */
export const MAX_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => {
    // Node loads `performance` on first use, which takes longer than most commands.
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
    for (let left = milliseconds; left > 0; left -= MAX_TIMER) await timer(Math.min(left, MAX_TIMER), signal);
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
