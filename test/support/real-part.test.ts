import { afterEach, expect, it, vi } from 'vitest';
import { REAL_PART_NAMES } from '../../tools/testing/real-parts.mjs';
import { requirePart } from './real-part.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('gives the path of a program', () => {
  expect(requirePart('bash')).toMatch(/^\/.*\/bash$/);
});

it('fails where a part is missing and CI=true, with the way to get it', ({ task }) => {
  vi.stubEnv('CI', 'true');
  vi.stubEnv('PATH', '/nonexistent');
  const skip = vi.spyOn(task.context, 'skip').mockImplementation(() => {
    throw new Error('skipped');
  });
  expect(() => requirePart('fish')).toThrow(/^fish is missing; to get it: .*fish$/);
  expect(skip).not.toHaveBeenCalled();
});

it('skips the running test elsewhere', ({ task }) => {
  vi.stubEnv('CI', '');
  vi.stubEnv('PATH', '/nonexistent');
  const skip = vi.spyOn(task.context, 'skip').mockImplementation(() => {
    throw new Error('skipped');
  });
  expect(() => requirePart('fish')).toThrow('skipped');
  expect(skip.mock.calls).toEqual([[expect.stringMatching(/^fish is missing; to get it: .*fish$/)]]);
});

it('knows each part by one name', () => {
  expect(new Set(REAL_PART_NAMES).size).toBe(REAL_PART_NAMES.length);
});
