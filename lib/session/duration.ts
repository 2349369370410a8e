import { OracleComputeError } from '../errors.js';

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
