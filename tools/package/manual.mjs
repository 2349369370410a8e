// Writes the manual pages to dist/man/. They are made from what `--help` is made of, so the commands themselves are
// bundled and asked.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { releaseDate } from './release-date.mjs';

/** @returns the names of the files */
export async function buildManual(version) {
  const outfile = 'build/manual.mjs';
  await build({
    entryPoints: ['cli/manual/pages.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'warning',
  });
  const { manualPages } = await import(pathToFileURL(resolve(outfile)).href);
  const date = releaseDate(readFileSync('CHANGELOG.md', 'utf8'), version);
  mkdirSync('dist/man', { recursive: true });
  const pages = await manualPages({ version, date });
  for (const { file, text } of pages) writeFileSync(`dist/man/${file}`, text);
  return pages.map(({ file }) => file);
}

/** npm installs the pages that package.json names one by one, so a build that makes others writes their names there. */
export function listManualPages(files) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const man = files.map((file) => `dist/man/${file}`).sort();
  if (JSON.stringify(manifest.man) === JSON.stringify(man)) return;
  if (process.env.CI === 'true')
    throw new Error('package.json names other manual pages: run npm run build, and commit it');
  writeFileSync('package.json', `${JSON.stringify({ ...manifest, man }, undefined, 2)}\n`);
  process.stderr.write('package.json: the list of manual pages is updated\n');
}
