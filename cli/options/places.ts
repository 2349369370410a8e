import { join } from 'node:path';
import type { FileReader } from '../../lib/files/owner.js';
import type { Sourced } from '../../lib/sourced.js';
import type { World } from '../world/world.js';

/** Older names of our variables, in the order in which they are looked at. */
export const PREFIXES = ['OPC_', 'OPC_COMPUTE_', 'ORACLE_COMPUTE_', 'NIMBULA_'];

/** The variable `OPC_<name>`, or, where it is unset or empty, the first of its older names that is set. */
export function variable(world: World, name: string): Sourced<string> | undefined {
  for (const prefix of PREFIXES) {
    const value = world.env[prefix + name];
    if (value !== undefined && value !== '') return { value, source: prefix + name };
  }
  return undefined;
}

/** Who reads the files that the line names; a signal ends the waiting for a pipe. */
export function readerOf({ uid, interruption: signal }: World): FileReader {
  return { uid, signal };
}

/** A path with `~` for the home folder, as files and variables have it that no shell has read. */
export function expandHome(path: string, world: World): string {
  return path === '~' || path.startsWith('~/') ? join(world.home, path.slice(1)) : path;
}
