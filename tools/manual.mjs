// Writes the manual pages to dist/man/. They are made from what `--help` is made of, so the commands themselves are
// bundled and asked.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The day of a version's release, as the changelog has it; empty before that. A build must not look at a clock. */
export function releaseDate(changelog, version) {
  const heading = changelog.split('\n').find((line) => line.startsWith(`## [${version}]`));
  return /\d{4}-\d{2}-\d{2}$/.exec(heading ?? '')?.[0] ?? '';
}

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
    define: { PROGRAM_VERSION: JSON.stringify(version) },
  });
  const { manualPages } = await import(pathToFileURL(resolve(outfile)).href);
  const date = releaseDate(readFileSync('CHANGELOG.md', 'utf8'), version);
  mkdirSync('dist/man', { recursive: true });
  for (const { file, text } of await manualPages({ version, date })) writeFileSync(`dist/man/${file}`, text);
}
