import { OracleComputeError } from '../errors.js';

const UNITS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 366 * 24 * 3_600_000;

/**
 * Reads a duration as people write it: `90` (seconds), `90s`, `5m`, `1h30m`.
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
  if (!(total <= LONGEST)) throw malformed();
  return Math.round(total);
}

/** A length of time in words, rounded down: `2 h 5 min`, `21 min`, `40 s`. Takes milliseconds. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** An instant for people: UTC, to the second. Takes milliseconds since the epoch. */
export function formatInstant(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The three forms of RFC 9110, 5.6.7: that of today, of RFC 850, and of C's asctime. The last two are still met. */
const HTTP_DATES = [
  /^\w{3}, (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^\w{6,9}, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/**
 * The instant of an HTTP date, in milliseconds since the epoch, or undefined where it is none. All forms are UTC, also
 * the one that names no zone, which `Date.parse` would take for local time.
 *
 * @param now for the century of a year with two digits: it is never more than 50 years ahead
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const { day, month, year, time } = HTTP_DATES.map((form) => form.exec(text.trim())?.groups).find(Boolean) ?? {};
  if (day === undefined || month === undefined || year === undefined || time === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  const index = MONTHS.indexOf(month);
  if (index === -1 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year.length === 2 ? fullYear(Number(year), now) : Number(year), index, Number(day));
  // A day that the month does not have would be one of the next month.
  return date.getUTCDate() === Number(day) ? date.setUTCHours(hours, minutes, seconds) : undefined;
}

function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}
