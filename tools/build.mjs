// Builds what is published (dist/) and what the tests and local services run from (build/).
//
// The program is bundled so that an installation is two packages instead of sixty, and split so that a command
// loads only what it uses. Node starts CommonJS faster than ES modules, so the program's chunks are turned into
// CommonJS after splitting (esbuild splits ES modules only); the library stays ESM.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, transform } from 'esbuild';
import { buildManual } from './manual.mjs';
import { writeNotices } from './notices.mjs';

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

async function buildProgram() {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: {
      'oracle-compute': 'cli/oracle-compute.ts',
      oci: 'cli/oci.ts',
      'keychain-helper': 'cli/keychain-helper.ts',
    },
    outdir: 'dist/bin',
    chunkNames: '[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
    // yargs asks where its own file is; CommonJS says it another way.
    define: { ...shared.define, 'import.meta.url': 'moduleUrl' },
    write: false,
  });
  mkdirSync('dist/bin', { recursive: true });
  writeFileSync('dist/bin/package.json', '{"type":"commonjs"}\n');
  for (const file of outputFiles) {
    mkdirSync(dirname(file.path), { recursive: true });
    const { code } = await transform(file.text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      minifyWhitespace: true,
      // require() is quicker than import(), which would start Node's loader for ES modules.
      supported: { 'dynamic-import': false },
    });
    const preface = code.includes('moduleUrl')
      ? 'const moduleUrl=require("node:url").pathToFileURL(__filename).href;'
      : '';
    writeFileSync(
      file.path,
      code.replace(/^(?:#!.*\n)?/, (shebang) => shebang + preface),
    );
  }
  for (const entry of ['oracle-compute', 'oci']) chmodSync(`dist/bin/${entry}.js`, 0o755);
  return metafile;
}

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
const metafiles = await Promise.all([buildProgram(), buildLibrary()]);
writeNotices(metafiles);
await Promise.all([buildDevelopmentPrograms(), buildManual(version)]);
