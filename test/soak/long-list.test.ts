import { it } from 'vitest';
import { expectToStream } from '../support/long-list.js';

it.each([
  'table',
  'csv',
  'json',
])('a list of 100 000 objects comes in little memory, its first row at once: %s', (format) =>
  expectToStream(format, 100_000));
