import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));

it('each line of the checklist names tests, and all of them are there', () => {
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  for (const row of rows) {
    const paths = [...row.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(paths, row).not.toEqual([]);
    // A test, and not a file that only helps one.
    for (const path of paths) expect([path, existsSync(path), path.endsWith('.test.ts')]).toEqual([path, true, true]);
  }
});

it('every other path of a test that the page names is there, too', () => {
  const paths = [...page.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
