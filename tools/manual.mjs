// Writes the manual pages to dist/man/. They are made from what `--help` is made of, so the commands themselves are
// bundled and asked.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { releaseDate } from './release-date.mjs';

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
  for (const { file, text } of await manualPages({ version, date })) writeFileSync(`dist/man/${file}`, text);
}
