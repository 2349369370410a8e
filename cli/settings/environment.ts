import type { ValueWithOrigin } from '../../lib/text.js';
import { expandHome as expand, PREFIXES } from '../../lib/variables.js';
import type { Context } from '../context/context.js';

/** The variable `OPC_<name>`, or, if it is unset or empty, the first older name that is set; without a line end. */
export function variable(context: Context, name: string): ValueWithOrigin<string> | undefined {
  for (const prefix of PREFIXES) {
    const value = context.env[prefix + name]?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') return { value, source: prefix + name };
  }
  return undefined;
}

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, context: Context): string {
  return path.startsWith('~') ? expand(path, context.home) : path;
}

/** The environment of the library's functions that send nothing. */
export function libraryEnvironment({ env, home, cwd, clock, interruption: signal }: Context) {
  return { env, home, cwd, clock, signal };
}
