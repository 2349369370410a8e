// Builds what is published (dist/) and what the tests and local services run from (build/).
//
// The program is bundled so that an installation is two packages instead of sixty. Node starts CommonJS faster than
// ES modules, so the program is CommonJS (tools/program.mjs); the library is split and stays ESM.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildManual } from './manual.mjs';
import { writeNotices } from './notices.mjs';
import { buildProgram } from './program.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  splitting: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['keytar', 'oracle-compute/package.json'],
  metafile: true,
  define: { PROGRAM_VERSION: JSON.stringify(version) },
};

// CommonJS packages in an ES module bundle still call require for Node's own modules.
const requireBanner = {
  js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
};

async function buildLibrary() {
  const { metafile } = await build({
    ...shared,
    entryPoints: { index: 'lib/index.ts', 'oci/index': 'lib/oci/index.ts' },
    outdir: 'dist/lib',
    chunkNames: 'chunks/[name]-[hash]',
    banner: requireBanner,
  });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tools/tsconfig.types.json'], {
    stdio: 'inherit',
  });
  return metafile;
}

/** Local services, demos and test programs: run from the checkout, so packages stay outside the bundle. */
async function buildDevelopmentPrograms() {
  const entryPoints = ['fixtures', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|\/)(main|demo\/[\w-]+)\.ts$/.test(file) || /(^|\/)programs\/[\w-]+\.ts$/.test(file))
      .map((file) => join(folder, file)),
  );
  if (entryPoints.length === 0) return;
  await build({
    ...shared,
    entryPoints,
    outdir: 'build',
    outbase: '.',
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
  });
}

rmSync('dist', { recursive: true, force: true });
rmSync('build', { recursive: true, force: true });
const [program, library] = await Promise.all([buildProgram(shared), buildLibrary()]);
writeNotices([...program, library]);
execFileSync(process.execPath, ['tools/code-cache.mjs'], { stdio: 'inherit' });
await Promise.all([buildDevelopmentPrograms(), buildManual(version)]);
