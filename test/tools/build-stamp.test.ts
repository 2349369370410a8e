import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFresh, writeStamp } from '../../tools/build-stamp.mjs';
import { temporaryHome, writeFileWithMode } from '../support/temporary-home.js';

const STAMP = 'build/stamp.json';

/** A package that has been built. */
function built(): string {
  const root = temporaryHome();
  for (const path of ['lib/a.ts', 'lib/inner/b.ts', 'package.json', 'dist/bin/program.js']) {
    writeFileWithMode(join(root, path), path);
  }
  writeStamp(root, STAMP, ['lib', 'package.json', 'CHANGELOG.md'], ['dist']);
  return root;
}

describe('a build', () => {
  it('is fresh as long as nothing has changed, whatever the times of files are, and newer than all of them', () => {
    const root = built();
    const later = Date.now() / 1000 + 100;
    utimesSync(join(root, 'lib/a.ts'), later, later);
    expect(isFresh(root, STAMP)).toBe(true);
    utimesSync(join(root, 'dist/bin/program.js'), 1, 1);
    expect(isFresh(root, STAMP)).toBe(true);
    expect(statSync(join(root, 'dist/bin/program.js')).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it.each<[string, (root: string) => void]>([
    ['a file has changed', (root) => writeFileSync(join(root, 'lib/inner/b.ts'), 'other')],
    ['a file has come', (root) => writeFileSync(join(root, 'lib/inner/c.ts'), '')],
    ['a file that was missing has come', (root) => writeFileSync(join(root, 'CHANGELOG.md'), '')],
    ['a file has gone', (root) => rmSync(join(root, 'lib/a.ts'))],
    ['a file that was named has gone', (root) => rmSync(join(root, 'package.json'))],
    ['what was built has gone', (root) => rmSync(join(root, 'dist'), { recursive: true })],
    ['a part of what was built has gone', (root) => rmSync(join(root, 'dist/bin/program.js'))],
    ['what was built has been written to', (root) => writeFileSync(join(root, 'dist/bin/program.js'), '')],
    ['it was never made', (root) => rmSync(join(root, STAMP))],
    ['another Node made it', (root) => changeMaker(root)],
  ])('is not fresh where %s', (_, change) => {
    const root = built();
    change(root);
    expect(isFresh(root, STAMP)).toBe(false);
  });

  it('may have an empty folder more', () => {
    const root = built();
    mkdirSync(join(root, 'lib', 'empty'));
    expect(isFresh(root, STAMP)).toBe(true);
  });
});

function changeMaker(root: string): void {
  const real = process.version;
  Object.defineProperty(process, 'version', { value: 'v20.0.0', configurable: true });
  writeStamp(root, STAMP, ['lib', 'package.json', 'CHANGELOG.md'], ['dist']);
  Object.defineProperty(process, 'version', { value: real, configurable: true });
}
