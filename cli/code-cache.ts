import { existsSync, readFileSync } from 'node:fs';
import Module from 'node:module';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';

/** Which Node runs the program. V8 reads the code of another build of itself wrongly, so a cache is of one exactly. */
export type Runtime = Pick<NodeJS.Process, 'versions' | 'platform' | 'arch'>;

/** Gives what a file of the program, or a module of Node's, exports. */
export type Load = (id: string) => unknown;

type CommonJsModule = (
  exports: unknown,
  load: Load,
  module: { exports: unknown },
  filename: string,
  dirname: string,
) => void;

/**
 * Loads the program's files with the code that the build made of them for this Node (tools/code-cache.mjs), which
 * saves reading and compiling their text. Without such code, or where V8 refuses it, all is as if there were none.
 * @param load loads a file as Node does
 * @param folder where the program's files are
 */
export function loadWithCodeCache(load: Load, folder: string, { versions, platform, arch }: Runtime): Load {
  const cache = join(folder, 'code-cache', `${versions.v8}-${platform}-${arch}`);
  if (!existsSync(cache)) return load;
  const modules = new Map<string, { exports: unknown }>();

  const loadCached: Load = (id) => {
    if (!id.startsWith('./')) return load(id);
    const loaded = modules.get(id);
    if (loaded) return loaded.exports;
    const module = { exports: {} };
    modules.set(id, module);
    const filename = join(folder, id);
    const cachedData = readIfThere(join(cache, `${basename(id, '.js')}.bin`));
    const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), {
      filename,
      ...(cachedData && { cachedData }),
    });
    const run = script.runInThisContext() as CommonJsModule;
    run(module.exports, loadCached, module, filename, folder);
    return module.exports;
  };
  return loadCached;
}

function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
