import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';

/** Which Node runs the program. V8 reads the code of another build of itself wrongly, so a cache is of one exactly. */
export type Runtime = Pick<NodeJS.Process, 'versions' | 'platform' | 'arch'>;

/** Gives what a file of the program, or a module of Node's, exports. */
export type Load = (id: string) => unknown;

interface LoadedModule {
  exports: unknown;
}

type CommonJsModule = (exports: unknown, load: Load, module: LoadedModule, filename: string, dirname: string) => void;

/**
 * Loads the program's files with the code that the build made of them for this Node (tools/code-cache.mjs), which
 * saves reading and compiling their text. Without such code, or where V8 refuses it, all is as if there were none.
 * @param load loads a file as Node does
 * @param folder where the program's files are
 */
export function loadWithCodeCache(load: Load, folder: string, { versions, platform, arch }: Runtime): Load {
  const cache = join(folder, 'code-cache', `${versions.v8}-${platform}-${arch}`);
  if (!existsSync(cache)) return load;
  const modules = new Map<string, LoadedModule>();

  const loadCached: Load = (id) => {
    const loaded = modules.get(id);
    if (loaded) return loaded.exports;
    const module: LoadedModule = { exports: {} };
    if (id.startsWith('./')) run(id, module);
    else module.exports = load(id);
    modules.set(id, module);
    return module.exports;
  };

  function run(id: string, module: LoadedModule): void {
    const filename = join(folder, id);
    const cachedData = readIfThere(join(cache, `${basename(id, '.js')}.bin`));
    // The build writes nothing but ASCII, and this is quicker than UTF-8.
    const text = readFileSync(filename, 'latin1');
    const script = new Script(asFunction(text), { filename, ...(cachedData && { cachedData }) });
    (script.runInThisContext() as CommonJsModule)(module.exports, loadCached, module, filename, folder);
  }
  return loadCached;
}

/** The text of a CommonJS module as Node runs it: V8 takes only what was made of exactly this. */
export function asFunction(text: string): string {
  return `(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
