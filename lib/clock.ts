import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { hrtime } from 'node:process';
import { OracleComputeError } from './errors.js';

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

const UNITS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
const MAX_DURATION = 366 * 24 * 3_600_000;

/**
 * Parses a duration: `90` (seconds), `90s`, `5m`, `1h30m`.
 *
 * @returns milliseconds, a whole number
 * @throws OracleComputeError DURATION_MALFORMED
 */
export function parseDuration(text: string): number {
  const malformed = () =>
    new OracleComputeError('DURATION_MALFORMED', `${JSON.stringify(text.slice(0, 40))} is not a duration`, {
      given: text.slice(0, 40),
    });
  const trimmed = text.trim();
  if (!/^(?:\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?[smh])+)$/.test(trimmed)) throw malformed();
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)([smh]?)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  if (!(total <= MAX_DURATION)) throw malformed();
  return Math.round(total);
}

/** A length of time in words: `2 h 5 min`, `21 min`, `40 s`; to the nearest minute, except the last. Takes milliseconds. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** An instant for messages: UTC, to the second. Takes milliseconds since the epoch. */
export function formatInstant(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
