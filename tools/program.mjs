// Bundles the program. Each entry, and each file that is loaded later by import(), becomes one file of its own with
// all that it needs: a command then costs three or four reads instead of twenty, and reads nothing that it does not
// use. What several files need is in each of them, so classes are told apart by what they say, not by identity.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { standIns } from './stand-ins.mjs';

const ENTRIES = {
  'oracle-compute': 'cli/oracle-compute.ts',
  oci: 'cli/oci.ts',
  'keychain-helper': 'cli/keychain-helper.ts',
  // Loaded by the two programs, with its code cache.
  program: 'cli/program.ts',
};

/** `cli/commands/session/refresh.ts` becomes `session-refresh.js`, a package keeps its name. */
function outputName(path) {
  const inPackage = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path);
  const name = inPackage ? inPackage[1] : relative('.', path).replace(/^(?:cli[\\/]commands|cli|lib)[\\/]|\.ts$/g, '');
  return name.replace(/[\\/@]+/g, '-').replace(/^-/, '');
}

/** Leaves what is imported by import() outside the bundle, as a file beside it, and says what that was. */
function laterFiles(external, found) {
  return {
    name: 'later-files',
    setup(bundle) {
      bundle.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === 'asked' || isBuiltin(path) || external.includes(path)) return;
        const answer = await bundle.resolve(path, { kind, importer, resolveDir, pluginData: 'asked' });
        if (answer.errors.length > 0) return answer;
        found(answer.path);
        return { path: `./${outputName(answer.path)}.js`, external: true };
      });
    },
  };
}

/** @returns what esbuild says of each bundle */
export async function buildProgram(shared) {
  mkdirSync('dist/bin', { recursive: true });
  writeFileSync('dist/bin/package.json', '{"type":"commonjs"}\n');
  const started = new Map();
  const bundles = [];
  const bundle = (name, path) => {
    const same = started.get(name);
    if (same === path) return;
    if (same !== undefined) throw new Error(`${same} and ${path} would both become ${name}.js`);
    started.set(name, path);
    bundles.push(
      build({
        ...shared,
        entryPoints: { [name]: path },
        outdir: 'dist/bin',
        format: 'cjs',
        splitting: false,
        minify: true,
        define: { ...shared.define, 'import.meta.url': '"file:///"', 'Intl.ListFormat': 'LateListFormat' },
        inject: ['tools/stand-ins/list-format.mjs'],
        // require() is quicker than import(), which would start Node's loader for ES modules.
        supported: { 'dynamic-import': false },
        plugins: [
          laterFiles(shared.external, (later) => bundle(outputName(later), later)),
          standIns({ draws: name === 'help-page' }),
        ],
      }),
    );
  };
  for (const [name, path] of Object.entries(ENTRIES)) bundle(name, resolve(path));
  const metafiles = [];
  // Each bundle may begin others.
  for (let index = 0; index < bundles.length; index++) metafiles.push((await bundles[index]).metafile);
  for (const entry of ['oracle-compute', 'oci']) chmodSync(`dist/bin/${entry}.js`, 0o755);
  return metafiles;
}
