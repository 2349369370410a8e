// Builds what is published (dist/) and what the tests and local services run from (build/).
//
// The two programs are bundled for their start (tools/package/program.mjs); the library is compiled file by file and imports its
// packages as they are installed. If nothing has changed, nothing is built.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { isFresh, writeStamp } from './build-stamp.mjs';
import { buildManual, listManualPages } from './package/manual.mjs';
import { writeNotices } from './package/notices.mjs';
import { buildProgram } from './package/program.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
  external: ['keytar', 'fs-native-extensions', '@redis/client', 'oracle-compute/package.json'],
  metafile: true,
};

async function buildLibrary() {
  const entryPoints = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('lib', file));
  await build({ entryPoints, outdir: 'dist/lib', format: 'esm', target: shared.target, logLevel: 'warning' });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tools/package/tsconfig.types.json'], {
    stdio: 'inherit',
  });
}

/** Local services, demos and test programs: run from the checkout, so packages stay outside the bundle. */
async function buildDevelopmentPrograms() {
  const entryPoints = ['fixtures', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|\/)(main|demo\/[\w-]+)\.ts$/.test(file) || /(^|\/)programs\/[\w-]+\.ts$/.test(file))
      .map((file) => join(folder, file)),
  );
  const { metafile } = await build({
    ...shared,
    entryPoints,
    outdir: 'build',
    outbase: '.',
    format: 'esm',
    splitting: true,
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
  });
  return metafile;
}

const STAMP = 'build/stamp.json';
/** Where a new file would be part of a build, and what a build is made with. What is installed is in npm's own list. */
const SOURCES = [
  ...[
    'cli',
    'lib',
    'fixtures',
    'test/bench',
    'test/fixtures/programs',
    'test/lib/files/programs',
    'tools/package',
    'tools/build.mjs',
  ],
  ...['package.json', 'package-lock.json', 'node_modules/.package-lock.json', 'tsconfig.json', 'CHANGELOG.md'],
];

if (!isFresh('.', STAMP)) {
  rmSync('dist', { recursive: true, force: true });
  rmSync('build', { recursive: true, force: true });
  listManualPages(await buildManual(version));
  const [program, development] = await Promise.all([buildProgram(shared), buildDevelopmentPrograms(), buildLibrary()]);
  writeNotices([program]);
  const read = [program, development].flatMap(({ inputs }) => Object.keys(inputs)).filter((path) => existsSync(path));
  writeStamp('.', STAMP, [...new Set([...SOURCES, ...read])], ['dist', 'build']);
}
