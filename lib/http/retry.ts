import { isOracleComputeError } from '../errors.js';
import type { HttpRequest } from './client.js';

const MAX_ATTEMPTS = 3;
const BASE_DELAY = 250;
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
/** With these, the service did not take the request; with the others it may have. */
const UNTAKEN_STATUSES = new Set([429, 503]);

export interface Outcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
  /** The `Retry-After` header in milliseconds from now. */
  readonly retryAfter?: number | undefined;
  /** True if nothing was sent, because there was no connection. */
  readonly unsent?: boolean;
}

/** How long to wait before the next attempt, in milliseconds; undefined if the outcome is final. */
export function retryDelay(
  attempt: number,
  retry: HttpRequest['retry'],
  outcome: Outcome,
  random: () => number = Math.random,
): number | undefined {
  if (attempt >= MAX_ATTEMPTS || retry === 'never' || retry === undefined) return undefined;
  const backOff = BASE_DELAY * 2 ** (attempt - 1) * (0.75 + random() / 2);
  if (outcome.status !== undefined) {
    const retried = retry === 'unsent' ? UNTAKEN_STATUSES : RETRIED_STATUSES;
    const isRetried = retried.has(outcome.status) || (retry === 'any-5xx' && outcome.status >= 500);
    return isRetried ? Math.max(backOff, outcome.retryAfter ?? 0) : undefined;
  }
  if (!isOracleComputeError(outcome.error, 'UNREACHABLE')) return undefined;
  return retry === 'always' || retry === 'any-5xx' || outcome.unsent ? backOff : undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The three forms of RFC 9110, 5.6.7: today's, RFC 850's and asctime's. A recipient must accept all of them. */
const HTTP_DATES = [
  /^\w{3}, (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^\w{6,9}, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/**
 * The instant of an HTTP date, in milliseconds since the epoch; undefined for any other text. All forms are UTC, even
 * the one without a zone, which `Date.parse` would read as local time.
 *
 * @param now for a year of two digits, which is at most 50 years in the future
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const { day, month, year, time } = HTTP_DATES.map((form) => form.exec(text.trim())?.groups).find(Boolean) ?? {};
  if (day === undefined || month === undefined || year === undefined || time === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  const index = MONTHS.indexOf(month);
  if (index === -1 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year.length === 2 ? fullYear(Number(year), now) : Number(year), index, Number(day));
  // A day that the month does not have would be a day of the next month.
  return date.getUTCDate() === Number(day) ? date.setUTCHours(hours, minutes, seconds) : undefined;
}

function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

/** Reads `Retry-After`: seconds, or a date (RFC 9110, 10.2.3). In milliseconds from `now`, by the service's clock. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = parseHttpDate(header, now);
  return date === undefined ? undefined : Math.max(0, date - now);
}
