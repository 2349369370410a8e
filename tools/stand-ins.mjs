// What the program does not use of its packages is replaced by small stand-ins when it is bundled: reading a file of
// code costs as much time as running it. Why each one may be left out stands in its stand-in, in tools/stand-ins/.
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
};

/** Parts of yargs, by the ends of their paths. */
const PARTS_OF_YARGS = {
  'platform-shims/esm.mjs': 'yargs-platform.mjs',
  './completion.js': 'yargs-completion.mjs',
};

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
        if (!/[\\/]node_modules[\\/]yargs[\\/]/.test(importer)) return undefined;
        const part = Object.keys(PARTS_OF_YARGS).find((end) => path.endsWith(end));
        return part && { path: join(folder, PARTS_OF_YARGS[part]) };
      });
      if (!draws) return;
      build.onResolve({ filter: /yargs-drawing\.mjs$/ }, ({ importer }) =>
        basename(importer) === 'yargs-platform.mjs' ? { path: join(folder, 'yargs-drawing-real.mjs') } : undefined,
      );
    },
  };
}
