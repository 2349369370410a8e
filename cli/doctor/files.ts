import { promises as fs, type Stats } from 'node:fs';
import { join } from 'node:path';
import { cookiesFolder, listCookiesFiles } from '../../lib/compute/cookies/cookies-file-store.js';
import type { StoredSession } from '../../lib/compute/stored-session.js';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { readPasswordFile } from '../../lib/secrets/password-file.js';
import type { Sourced } from '../../lib/sourced.js';
import { expandHome } from '../options/places.js';
import { storeAt } from '../options/stored-session.js';
import type { World } from '../world/world.js';
import { type Check, fail, note, pass } from './check.js';

/** Permission bits that others than the owner have. */
const WRITABLE_BY_OTHERS = 0o022;
export const OPEN_TO_OTHERS = 0o077;

/** Older than this, a lock or a temporary file belongs to no process that lives. Milliseconds. */
const ABANDONED_AFTER = 60_000;

/** The folders below the home folder: nobody else may change what is in them, or look for sessions. */
export async function checkFolders(world: World): Promise<Check[]> {
  if (world.uid === undefined) return [note('folders', 'modes are not looked at on this system')];
  const found = [
    await checkFolder(join(world.home, '.opc'), WRITABLE_BY_OTHERS, world),
    await checkFolder(cookiesFolder(world.home), OPEN_TO_OTHERS, world),
  ];
  const failures = found.filter((failure) => failure !== undefined);
  return failures.length === 0
    ? [pass('folders', `${join(world.home, '.opc')} is yours alone, or not there`)]
    : failures.map((failure) => fail('folders', failure));
}

async function checkFolder(path: string, forbidden: number, world: World): Promise<OracleComputeError | undefined> {
  const stat = await fs.stat(path).catch(() => undefined);
  if (!stat) return undefined;
  if (stat.uid !== world.uid) {
    return new OracleComputeError('FILE_FOREIGN_OWNER', `the folder ${path} belongs to another user`, { path });
  }
  if ((stat.mode & forbidden) === 0) return undefined;
  const mode = octal(stat);
  const what = forbidden === OPEN_TO_OTHERS ? 'is open to others' : 'can be changed by others';
  return new OracleComputeError('FOLDER_UNSAFE', `the folder ${path} ${what} (mode ${mode})`, { path, mode });
}

/** The profile file holds no secret, but who can write it can send the password to another address. */
export async function checkProfileFile(path: string, world: World, read: () => Promise<unknown>): Promise<Check> {
  const stat = await fs.stat(path).catch(() => undefined);
  if (!stat) return pass('profile', `there is no profile file ${path}`);
  await read();
  if (world.uid !== undefined && (stat.mode & WRITABLE_BY_OTHERS) !== 0) {
    const mode = octal(stat);
    throw new OracleComputeError('FILE_UNSAFE', `${path} can be changed by others (mode ${mode})`, { path, mode });
  }
  return pass('profile', `${path} is in order`);
}

export async function checkPasswordFile(file: Sourced<string> | undefined, world: World): Promise<Check> {
  if (!file) return note('password', 'no password file is given: the password comes from the keychain or the terminal');
  if (file.value === '-') return note('password', 'it is asked for');
  const path = expandHome(file.value, world);
  const stat = await fs.stat(path).catch(() => undefined);
  // What is read from a pipe is gone.
  if (stat?.isFIFO()) return note('password', `${path} is a pipe, which is not read here`);
  await readPasswordFile(path, { uid: world.uid });
  return pass('password', `the password file ${path} is in order`);
}

export interface CookiesFiles {
  readonly checks: readonly Check[];
  /** What could be read of them. */
  readonly sessions: readonly StoredSession[];
}

/** Every cookies file, by reading it as all commands do. */
export async function checkCookiesFiles(named: string | undefined, world: World): Promise<CookiesFiles> {
  const checks: Check[] = [];
  const sessions: StoredSession[] = [];
  const paths = [...(await listCookiesFiles(world.home)), ...(named === undefined ? [] : [named])];
  for (const path of new Set(paths)) {
    try {
      const session = await storeAt(path, world).read();
      if (session) sessions.push(session);
    } catch (error) {
      if (!isOracleComputeError(error)) throw error;
      checks.push(fail('cookies', error));
    }
  }
  const count = sessions.length === 1 ? '1 stored session is' : `${sessions.length} stored sessions are`;
  const inOrder = sessions.length === 0 ? 'no session is stored' : `${count} in order`;
  return { checks: checks.length > 0 ? checks : [pass('cookies', inOrder)], sessions };
}

/** What killed processes leave beside the cookies files. A temporary file may hold a token. */
export async function checkLeftovers(world: World): Promise<Check[]> {
  const folder = cookiesFolder(world.home);
  const names = await fs.readdir(folder).catch(() => []);
  const failures: Check[] = [];
  for (const name of names.filter((name) => /\.lock$|\.[a-z0-9]+\.tmp$/.test(name)).sort()) {
    const path = join(folder, name);
    const stat = await fs.stat(path).catch(() => undefined);
    if (!stat || world.clock.now() - stat.mtimeMs < ABANDONED_AFTER) continue;
    const isFolder = stat.isDirectory();
    const what = isFolder ? 'lock' : 'temporary file';
    const message = `a process that was killed has left the ${what} ${path}`;
    failures.push(fail('leftovers', new OracleComputeError('LEFTOVER_FILE', message, { path, isFolder })));
  }
  return failures.length === 0 ? [pass('leftovers', 'no killed process has left anything')] : failures;
}

/** The permission bits as chmod takes them: `0644`. */
export function octal(stat: Stats): string {
  return (stat.mode & 0o777).toString(8).padStart(4, '0');
}
