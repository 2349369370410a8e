import { isOracleComputeError } from '../errors.js';
import type { HttpRequest } from './client.js';

/** The first attempt and at most two more. */
export const MOST_ATTEMPTS = 3;
const BASE_DELAY = 250;
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
/** The service says by these that it did not take the request; after the others it may have. */
const UNTAKEN_STATUSES = new Set([429, 503]);

export interface Outcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
  /** The `Retry-After` header in milliseconds from now. */
  readonly retryAfter?: number | undefined;
  /** True where the connection never came about, so nothing was sent. */
  readonly unsent?: boolean;
}

/** How long to wait before the next attempt, in milliseconds, or undefined where the outcome stands. */
export function retryDelay(
  attempt: number,
  retry: HttpRequest['retry'],
  outcome: Outcome,
  random: () => number = Math.random,
): number | undefined {
  if (attempt >= MOST_ATTEMPTS || retry === 'never' || retry === undefined) return undefined;
  const backOff = BASE_DELAY * 2 ** (attempt - 1) * (0.75 + random() / 2);
  if (outcome.status !== undefined) {
    const retried = retry === 'unsent' ? UNTAKEN_STATUSES : RETRIED_STATUSES;
    const isRetried = retried.has(outcome.status) || (retry === 'any-5xx' && outcome.status >= 500);
    return isRetried ? Math.max(backOff, outcome.retryAfter ?? 0) : undefined;
  }
  if (!isOracleComputeError(outcome.error, 'UNREACHABLE')) return undefined;
  return retry === 'always' || retry === 'any-5xx' || outcome.unsent ? backOff : undefined;
}
