import { afterEach, expect, it, vi } from 'vitest';
import { REAL_PART_NAMES } from '../../tools/real-parts.mjs';
import { requirePart } from './real-part.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('gives the path of a program', () => {
  expect(requirePart('bash')).toMatch(/^\/.*\/bash$/);
});

it('fails where a part is missing and CI=true, with the way to get it', () => {
  vi.stubEnv('CI', 'true');
  vi.stubEnv('PATH', '/nonexistent');
  expect(() => requirePart('fish')).toThrow(/^fish is missing; to get it: .*fish$/);
});

it('skips the running test elsewhere', ({ task }) => {
  vi.stubEnv('CI', '');
  vi.stubEnv('PATH', '/nonexistent');
  const skipped: (string | undefined)[] = [];
  const skip = vi.spyOn(task.context, 'skip').mockImplementation((note?: string | boolean) => {
    skipped.push(String(note));
    throw new Error('the test ends here');
  });
  expect(() => requirePart('fish')).toThrow('the test ends here');
  skip.mockRestore();
  expect(skipped).toEqual([expect.stringMatching(/^fish is missing; to get it: .*fish$/)]);
});

it('knows each part by one name', () => {
  expect(new Set(REAL_PART_NAMES).size).toBe(REAL_PART_NAMES.length);
});
