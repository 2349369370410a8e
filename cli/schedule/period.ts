import { OracleComputeError } from '../../lib/errors.js';
import { describeDuration, parseDuration } from '../../lib/session/duration.js';
import type { Lifetimes } from '../../lib/session/lifetimes.js';

/** How often a session is looked after, and how much life a token may have left without being renewed. */
export interface SchedulePeriod {
  readonly everyMinutes: number;
  /** As given on the line; undefined where the period decides. */
  readonly minValid: string | undefined;
}

const MINUTE = 60_000;
const DEFAULT_EVERY = '10m';

/**
 * Reads `--every`: whole minutes, which is what all schedulers know, and less than half of a token's life, so that one
 * missed run does no harm.
 *
 * @throws OracleComputeError DURATION_MALFORMED
 */
export function readPeriod(
  options: { readonly every?: string; readonly minValid?: string },
  lifetimes: Lifetimes,
): SchedulePeriod {
  const given = options.every ?? DEFAULT_EVERY;
  const every = parseDuration(given);
  const refuse = (why: string) => {
    throw new OracleComputeError('DURATION_MALFORMED', `--every ${given.slice(0, 40)} is of no use: ${why}`, {
      given: given.slice(0, 40),
    });
  };
  if (every < MINUTE || every % MINUTE !== 0) refuse('schedulers count in whole minutes');
  if (every * 2 >= lifetimes.token) {
    refuse(`after one missed run the token would be dead; less than ${describeDuration(lifetimes.token / 2)}`);
  }
  if (options.minValid !== undefined) parseDuration(options.minValid);
  return { everyMinutes: every / MINUTE, minValid: options.minValid };
}

/**
 * When a run renews the token: at half of its life, and sooner where it would not outlast two more periods, the second
 * because one run may be missed.
 */
export function renewalOptions({ everyMinutes, minValid }: SchedulePeriod, lifetimes: Lifetimes): string[] {
  const minutes = Math.max(lifetimes.token / 2 / MINUTE, 2 * everyMinutes + 1);
  return ['--min-valid', minValid ?? `${minutes}m`];
}
