// What the program does not use of its packages is replaced by small stand-ins when it is bundled: reading a file of
// code costs as much time as running it. Why each one may be left out stands in its stand-in, in tools/stand-ins/.
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const folder = resolve('tools/stand-ins');

/** Packages, by the name by which they are imported. */
const PACKAGES = {
  'http2-wrapper': 'http2-wrapper.mjs',
  'cacheable-request': 'cacheable-request.mjs',
  'cacheable-lookup': 'cacheable-lookup.mjs',
  'decompress-response': 'decompress-response.mjs',
  'form-data-encoder': 'form-data-encoder.mjs',
  tldts: 'tldts.mjs',
  'signal-exit': 'signal-exit.cjs',
  'graceful-fs': 'graceful-fs.cjs',
  retry: 'retry.cjs',
  yargs: 'yargs.mjs',
  '@sindresorhus/is': 'is.mjs',
};

/** Parts of packages, by the ends of the paths by which they are imported in the package itself. */
const PARTS = {
  yargs: {
    '/completion.js': 'yargs-completion.mjs',
    '/argsert.js': 'yargs-argsert.mjs',
  },
  got: {
    '/diagnostics-channel.js': 'got-diagnostics.mjs',
    '/as-promise/index.js': 'got-promise.mjs',
  },
};

/** Where got takes a module of Node's whole, esbuild would copy all its names first, one by one. */
function wholeModule(id) {
  const names = id === 'node:http' ? ['ServerResponse'] : [];
  return `const whole = require('${id}');\nexport default whole;\nexport const { ${names.join(', ')} } = whole;\n`;
}

/**
 * @param {{ draws: boolean }} needs `draws`: the bundle shows help pages
 */
export function standIns({ draws }) {
  return {
    name: 'stand-ins',
    setup(build) {
      const names = Object.keys(PACKAGES).join('|');
      build.onResolve({ filter: new RegExp(`^(?:${names})$`) }, ({ path }) => ({ path: join(folder, PACKAGES[path]) }));
      build.onResolve({ filter: /^\./ }, ({ path, importer }) => {
        const parts = PARTS[/[\\/]node_modules[\\/](\w+)[\\/]/.exec(importer)?.[1]] ?? {};
        const part = Object.keys(parts).find((end) => path.endsWith(end));
        return part && { path: join(folder, parts[part]) };
      });
      // Its list of all questions is made by a call, which esbuild would keep, and with it all questions.
      build.onLoad({ filter: /@sindresorhus[\\/]is[\\/]distribution[\\/]index\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replace('const is = Object', 'const is = /* @__PURE__ */ Object'),
      }));
      build.onResolve({ filter: /^node:(?:http|https|net|process)$/ }, ({ path, importer }) =>
        /[\\/]node_modules[\\/]got[\\/]/.test(importer) ? { path, namespace: 'whole' } : undefined,
      );
      build.onLoad({ filter: /./, namespace: 'whole' }, ({ path }) => ({ contents: wholeModule(path) }));
      if (!draws) return;
      build.onResolve({ filter: /yargs-drawing\.mjs$/ }, ({ importer }) =>
        basename(importer) === 'yargs-platform.mjs' ? { path: join(folder, 'yargs-drawing-real.mjs') } : undefined,
      );
    },
  };
}
