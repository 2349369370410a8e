import { describe, expect, it } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { retryDelay } from '../../../lib/http/retry.js';

const cut = new OracleComputeError('UNREACHABLE', 'x', { origin: 'x', cause: 'ECONNRESET' });
const late = new OracleComputeError('TIMED_OUT', 'x', { origin: 'x', seconds: 1 });
const half = () => 0.5;

describe('retryDelay', () => {
  it.each([
    [429, 'always', true],
    [502, 'always', true],
    [503, 'always', true],
    [504, 'always', true],
    [500, 'always', false],
    [401, 'always', false],
    [200, 'always', false],
    [429, 'answered', true],
    [502, 'answered', true],
    [504, 'answered', true],
    [500, 'answered', false],
    [429, 'unsent', true],
    [503, 'unsent', true],
    [502, 'unsent', false],
    [504, 'unsent', false],
    [500, 'any-5xx', true],
    [503, 'any-5xx', true],
    [429, 'any-5xx', true],
    [401, 'any-5xx', false],
    [503, 'never', false],
    [503, undefined, false],
  ] as const)('status %i with retry %s: %s', (status, retry, again) => {
    expect(retryDelay(1, retry, { status }, half) !== undefined).toBe(again);
  });

  it.each([
    ['a cut connection', { error: cut }, 'always', true],
    ['a cut connection', { error: cut }, 'any-5xx', true],
    ['a cut connection', { error: cut }, 'unsent', false],
    ['a cut connection', { error: cut }, 'answered', false],
    ['a connection that never was', { error: cut, unsent: true }, 'answered', true],
    ['a connection that never was', { error: cut, unsent: true }, 'unsent', true],
    ['a time-out', { error: late }, 'always', false],
    ['anything else', { error: new TypeError() }, 'always', false],
  ] as const)('%s with retry: %j %s', (_, outcome, retry, again) => {
    expect(retryDelay(1, retry, outcome, half) !== undefined).toBe(again);
  });

  it('tries three times in all, later each time, and not before Retry-After', () => {
    expect(retryDelay(1, 'always', { status: 503 }, half)).toBe(250);
    expect(retryDelay(2, 'always', { status: 503 }, half)).toBe(500);
    expect(retryDelay(3, 'always', { status: 503 }, half)).toBeUndefined();
    expect(retryDelay(1, 'always', { status: 503, retryAfter: 7000 }, half)).toBe(7000);
  });
});
