// Bundles the two programs and the keychain's helper into dist/bin (docs/decisions/bundle.md).
//
// Each file that is loaded later by import() is bundled by itself, as CommonJS with all that it needs: a command reads
// few files, and only what it uses. What must be the same in all of them is a file that they share.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { build } from 'esbuild';

/** Modules that the programs never use, left out as a whole, or exchanged for a lighter one of the same interface. */
const ALIASES = {
  // got's HTTP/2: never switched on.
  'http2-wrapper': './tools/package/unused-package.mjs',
  // got's cache of answers: never switched on.
  'cacheable-request': './tools/package/unused-package.mjs',
  // got's cache of host names: never switched on.
  'cacheable-lookup': './tools/package/unused-package.mjs',
  // got's decompression: no request asks for an encoding.
  'decompress-response': './tools/package/unused-package.mjs',
  // got's forms: no form is sent.
  'form-data-encoder': './tools/package/unused-package.mjs',
  // tough-cookie's public suffixes: a cookie is taken for its own host only.
  tldts: './tools/package/unused-package.mjs',
  // Builds tables of all characters when it is loaded, which is most of what the start of yargs costs.
  'string-width': 'fast-string-width',
  // Node's own opens standard error when it is loaded; yargs asks two things of it.
  assert: './tools/package/assert.mjs',
};

/** How packages get into a program: by this alone `npm run bench` measures what they cost without us, too. */
export const WITH_PACKAGES = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minify: true,
  alias: ALIASES,
  define: { 'import.meta.url': 'moduleUrl' },
  inject: ['tools/package/module-url.mjs'],
};

const ENTRIES = ['cli/oracle-compute.ts', 'cli/oci.ts', 'cli/keychain-helper.ts'];

/** In a file that the others share: classes that `instanceof` asks for, and what is large and used by many. */
const SHARED = [
  'lib/errors.ts',
  'lib/text.ts',
  'lib/files/checked-file.ts',
  'cli/context/http.ts',
  'cli/objects/many.ts',
  'cli/output/rows.ts',
  'cli/parser/tree.ts',
  'lib/compute/open-session.ts',
  'lib/oci/session.ts',
  'node_modules/tough-cookie/dist/index.js',
  'node_modules/@streamparser/json/dist/mjs/index.js',
];

/** @returns what esbuild says of its output */
export async function buildProgram(shared) {
  const options = { ...shared, ...WITH_PACKAGES, outdir: 'dist/bin' };
  const names = new Map([...(await entriesOf(options)), ...SHARED].map((file) => [resolve(file), nameOf(file)]));
  const { metafile } = await build({
    ...options,
    entryPoints: [...names].map(([path, name]) => ({ in: path, out: name })),
    // require() is quicker than import(), which would start Node's loader for ES modules.
    supported: { 'dynamic-import': false },
    plugins: [filesOfTheirOwn(names)],
  });
  assertClassesOnce(metafile);
  writeFileSync('dist/bin/package.json', '{"type":"commonjs"}\n');
  for (const entry of ['oracle-compute', 'oci']) chmodSync(`dist/bin/${entry}.js`, 0o755);
  return metafile;
}

/** `instanceof` is false for an object of the same class in another file. @throws Error for a class that is in several */
function assertClassesOnce({ inputs, outputs }) {
  const sources = new Map(
    Object.keys(inputs)
      .filter((path) => /^(?:cli|lib)\//.test(path))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );
  const asked = new Set(
    [...sources.values()].flatMap((text) => [...text.matchAll(/ instanceof (\w+)/g)]).map(([, name]) => name),
  );
  for (const [path, text] of sources) {
    const files = Object.values(outputs).filter((output) => output.inputs[path]?.bytesInOutput > 0);
    const found = [...text.matchAll(/^(?:export )?class (\w+)/gm)].find(([, name]) => asked.has(name));
    if (found && files.length > 1) {
      throw new Error(`${path} is in ${files.length} files, and instanceof asks for ${found[1]}: add it to SHARED`);
    }
  }
}

/** The programs, and all that they load later: what esbuild makes an entry of when it splits. */
async function entriesOf(options) {
  const split = { ...options, entryPoints: ENTRIES, format: 'esm', splitting: true, write: false };
  const { metafile } = await build(split);
  return Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
}

/** `auth` of cli/commands/auth.ts is `cli-commands-auth`; a program keeps its name. */
function nameOf(file) {
  const path = file.replace(/^node_modules\/@?/, '').replace(/\.\w+$/, '');
  return ENTRIES.includes(file) ? basename(path) : path.replaceAll(/[^\w-]+/g, '-');
}

/** Keeps modules with a file of their own out of the other files, which load that file from beside them. */
function filesOfTheirOwn(names) {
  const shared = new Set(SHARED.map((file) => resolve(file)));
  return {
    name: 'files-of-their-own',
    setup({ onResolve, resolve: find }) {
      onResolve({ filter: /./ }, async ({ path, kind, pluginData, ...from }) => {
        if (kind === 'entry-point' || pluginData === 'found') return;
        const found = await find(path, { ...from, kind, pluginData: 'found' });
        const name = names.get(found.path);
        if (name === undefined || !(kind === 'dynamic-import' || shared.has(found.path))) return found;
        // No file does anything but define: an unused one is not loaded.
        return { path: `./${name}.js`, external: true, sideEffects: false };
      });
    },
  };
}
