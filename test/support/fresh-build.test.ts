import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assertFreshBuild } from './fresh-build.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';

it('refuses a build that is missing, or older than what it is made of', () => {
  const folder = temporaryHome();
  const at = (path: string, seconds: number) => {
    utimesSync(writeFileWithMode(join(folder, path), ''), seconds, seconds);
    return join(folder, path);
  };
  const built = at('dist/program.js', 2000);
  const manifest = at('package.json', 1000);
  at('lib/inner/a.ts', 2000);
  const sources = [join(folder, 'lib'), manifest];
  expect(() => assertFreshBuild(built, sources)).not.toThrow();
  const changed = at('lib/inner/b.ts', 2001);
  expect(() => assertFreshBuild(built, sources)).toThrow(`${built} is older than ${changed}: run npm run build`);
  expect(() => assertFreshBuild(`${built}x`, sources)).toThrow('is missing: run npm run build');
});
