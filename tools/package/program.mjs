// Bundles the two programs and the keychain's helper into dist/bin.
//
// esbuild splits what is loaded later by import() into files of their own; each module is in exactly one file, so that
// a class exists once per process. Node starts CommonJS faster than ES modules (docs/decisions/bundle.md), and esbuild
// splits ES modules only: so each file is then written as CommonJS.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';

/** Packages that the programs never use, left out as a whole, or exchanged for a lighter one of the same interface. */
const ALIASES = {
  // got's HTTP/2: never switched on.
  'http2-wrapper': './tools/package/unused-package.mjs',
  // got's cache of answers: never switched on.
  'cacheable-request': './tools/package/unused-package.mjs',
  // got's cache of host names: never switched on.
  'cacheable-lookup': './tools/package/unused-package.mjs',
  // got's decompression: no encoding is asked for.
  'decompress-response': './tools/package/unused-package.mjs',
  // got's forms: no form is sent.
  'form-data-encoder': './tools/package/unused-package.mjs',
  // tough-cookie's public suffixes: a cookie is taken for its own host only.
  tldts: './tools/package/unused-package.mjs',
  // Builds tables of all characters when it is loaded, which is most of what the start of yargs costs.
  'string-width': 'fast-string-width',
};

/**
 * What CommonJS has in place of import.meta.url: only yargs asks for it, and looks for our package.json in the folder
 * above node_modules. Without that folder it would look in the current one, which may have been deleted.
 */
const MODULE_URL =
  "const moduleUrl = require('node:url').pathToFileURL(require('node:path').resolve(__dirname, '../../node_modules/_')).href;";

const ENTRIES = ['cli/oracle-compute.ts', 'cli/oci.ts', 'cli/keychain-helper.ts'];

/** @returns what esbuild says of its output */
export async function buildProgram(shared) {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: ENTRIES,
    outdir: 'dist/bin',
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    alias: ALIASES,
    write: false,
  });
  mkdirSync('dist/bin', { recursive: true });
  writeFileSync('dist/bin/package.json', '{"type":"commonjs"}\n');
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: shared.target,
      minify: true,
      legalComments: 'none',
      define: { 'import.meta.url': 'moduleUrl' },
      banner: text.includes('import.meta.url') ? MODULE_URL : '',
      // require() is quicker than import(), which would start Node's loader for ES modules.
      supported: { 'dynamic-import': false },
    });
    writeFileSync(`dist/bin/${basename(path)}`, code);
  }
  for (const entry of ['oracle-compute', 'oci']) chmodSync(`dist/bin/${entry}.js`, 0o755);
  return metafile;
}
