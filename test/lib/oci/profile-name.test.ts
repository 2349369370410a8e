import { expect, test } from 'vitest';
import { checkProfileName } from '../../../lib/oci/config/session-profile.js';

test.each(['DEFAULT', 'TokenDemo', 'a.b_c-d@e', '...', 'x'.repeat(128)])('takes %s', (name) => {
  expect(checkProfileName(name)).toBe(name);
});

test.each([
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  'a b',
  'a]',
  '[x',
  'a\n',
  'ä',
  'a\0',
  'x'.repeat(129),
])('refuses %j', (name) => {
  expect(() => checkProfileName(name)).toThrow(expect.objectContaining({ code: 'PROFILE_NAME_MALFORMED' }));
});
