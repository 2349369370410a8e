import { TestRunner } from 'vitest';
import { findPart, howToGet, type RealPart } from '../../tools/testing/real-parts.mjs';

/**
 * The path of a real program that a test meets. Where it is missing the running test is skipped, with a note that says
 * how to get it; under CI=true, where nothing may be skipped, the test fails.
 */
export function requirePart(name: RealPart): string {
  const path = findPart(name);
  if (path !== undefined) return path;
  const note = `${name} is missing; to get it: ${howToGet(name)}`;
  const test = TestRunner.getCurrentTest();
  if (process.env.CI === 'true' || test === undefined) throw new Error(note);
  return test.context.skip(note);
}
