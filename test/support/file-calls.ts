import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** The calls of node:fs that a test watches. */
const WATCHED = ['openSync', 'writeFileSync', 'fsync', 'closeSync', 'renameSync', 'unlinkSync', 'mkdirSync'] as const;

export interface FileCall {
  readonly name: (typeof WATCHED)[number];
  /** The path, or that of the descriptor; for a rename also where it leads. */
  readonly path: string;
  readonly target?: string;
  /** What openSync was told. */
  readonly flags?: unknown;
}

/**
 * Watches the calls that this process makes of node:fs until the test ends.
 *
 * @param before is told of each call before it is made; what it throws is what the call throws
 */
export function watchFiles(before: (call: FileCall) => void = () => undefined): FileCall[] {
  const calls: FileCall[] = [];
  const paths = new Map<unknown, string>();
  const originals = Object.fromEntries(WATCHED.map((name) => [name, fs[name]])) as Pick<
    typeof fs,
    (typeof WATCHED)[number]
  >;
  const restore = () => {
    Object.assign(fs, originals);
    syncBuiltinESMExports();
  };
  for (const name of WATCHED) {
    const original = originals[name] as (...parameters: unknown[]) => unknown;
    const watched = (...parameters: unknown[]) => {
      const [first, second] = parameters;
      const path = typeof first === 'number' ? (paths.get(first) ?? '') : String(first);
      const more = name === 'renameSync' ? { target: String(second) } : name === 'openSync' ? { flags: second } : {};
      const call: FileCall = { name, path, ...more };
      calls.push(call);
      before(call);
      const result = original(...parameters);
      if (name === 'openSync') paths.set(result, path);
      return result;
    };
    Object.assign(fs, { [name]: watched });
  }
  syncBuiltinESMExports();
  onTestFinished(restore);
  return calls;
}

/** The error that the system gives for a call. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code });
}
