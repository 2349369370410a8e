import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * What happens at a call that changes a file: the call fails for want of space, and the program goes on; or the program
 * dies there, so that no later call of it does anything either, and half of what it wrote is there.
 */
export type Trouble = 'finds no space' | 'dies';

type Call = (...words: never[]) => unknown;
type Module = Record<string, Call>;

/** Which words of a call are paths. A descriptor counts as the path that it was opened by. */
const CALLS: Readonly<Record<string, number>> = {
  openSync: 1,
  writeFileSync: 1,
  writeSync: 1,
  ftruncateSync: 1,
  fchmodSync: 1,
  fsync: 1,
  renameSync: 2,
  unlinkSync: 1,
  mkdirSync: 1,
  rmdirSync: 1,
  rmSync: 1,
  symlinkSync: 2,
  chmodSync: 1,
};
const PROMISED: Readonly<Record<string, number>> = {
  rename: 2,
  unlink: 1,
  mkdir: 1,
  mkdtemp: 1,
  rmdir: 1,
  rm: 1,
  symlink: 2,
  chmod: 1,
  writeFile: 1,
};

export interface Scenario {
  /** Only files below this folder count. */
  readonly home: string;
  /** Brings the folder into the state before. */
  prepare(): Promise<void>;
  run(): Promise<unknown>;
  /** Looks at what is left. */
  check(context: string): Promise<void>;
}

/**
 * Runs something once to its end, and then once for each call by which it changed a file, with trouble at that call: in
 * this process, whose file system is Node's own in between.
 *
 * @returns the names of the calls
 */
export async function troubleAtEveryCall(trouble: Trouble, { home, prepare, run, check }: Scenario): Promise<string[]> {
  await prepare();
  const calls = await withTrouble(home, undefined, run);
  for (const [index, call] of calls.entries()) {
    // Who dies there leaves what the call before has left; and there is always space to remove something.
    if ((trouble === 'dies' ? /^f?(?:sync|chmod)/ : /^(?:unlink|rm|chmod|fchmod)/).test(call)) continue;
    await prepare();
    await withTrouble(home, { trouble, at: index + 1 }, run);
    await check(`it ${trouble} at ${call}, call ${index + 1} of ${calls.length}`);
  }
  return calls;
}

// Node loads what removes folders at the first call, with the functions that node:fs has then.
fs.rmSync('/nowhere/at/all', { recursive: true, force: true });

async function withTrouble(
  home: string,
  planned: { readonly trouble: Trouble; readonly at: number } | undefined,
  run: () => Promise<unknown>,
): Promise<string[]> {
  const calls: string[] = [];
  const paths = new Map<number, string>();
  /** Throws where the call must not be made. */
  const count = (name: string, words: readonly unknown[], last: () => void = () => undefined) => {
    calls.push(`${name} ${words.map(String).join(' ').replaceAll(`${home}/`, '')}`);
    if (planned === undefined || calls.length < planned.at) return;
    if (planned.trouble === 'finds no space' && calls.length > planned.at) return;
    if (planned.trouble === 'dies' && calls.length === planned.at) last();
    throw Object.assign(new Error(`it ${planned.trouble} at ${name}`), {
      code: planned.trouble === 'finds no space' ? 'ENOSPC' : 'EIO',
    });
  };
  const isOurs = (path: unknown) => typeof path === 'string' && path.startsWith(`${home}/`);
  const replaced: [Module, string, Call][] = [];
  const replace = (module: Module, name: string, words: number) => {
    const real = module[name] as (...given: unknown[]) => unknown;
    replaced.push([module, name, real as Call]);
    const replacement = (...given: unknown[]) => {
      const named = given.slice(0, words).map((word) => (typeof word === 'number' ? paths.get(word) : word));
      if (!named.some(isOurs) || (name === 'openSync' && isReading(given[1]))) return real(...given);
      const [target, content] = given;
      try {
        // Half of it is on the disk when the program dies.
        count(name, named, () => {
          if (name === 'writeFileSync' && typeof content === 'string')
            real(target, content.slice(0, content.length / 2));
        });
      } catch (error) {
        if (name !== 'fsync') throw error;
        return (given.at(-1) as (failure: unknown) => void)(error);
      }
      const result = real(...given);
      if (name === 'openSync') paths.set(result as number, String(target));
      return result;
    };
    module[name] = replacement as Call;
  };
  const promised = (name: string, words: number) => {
    const module = fs.promises as unknown as Module;
    const real = module[name] as (...given: unknown[]) => unknown;
    replaced.push([module, name, real as Call]);
    module[name] = (async (...given: unknown[]) => {
      if (given.slice(0, words).some(isOurs)) count(name, given.slice(0, words));
      return real(...given);
    }) as Call;
  };
  for (const [name, words] of Object.entries(CALLS)) replace(fs as unknown as Module, name, words);
  for (const [name, words] of Object.entries(PROMISED)) promised(name, words);
  syncBuiltinESMExports();
  try {
    await run();
  } finally {
    for (const [module, name, real] of replaced) module[name] = real;
    syncBuiltinESMExports();
  }
  return calls;
}

function isReading(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & (fs.constants.O_CREAT | fs.constants.O_TRUNC)) === 0;
  return flags === undefined || flags === 'r';
}
