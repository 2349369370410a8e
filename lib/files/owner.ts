import { fchownSync, lchownSync, statSync } from 'node:fs';
import { homedir, platform, userInfo } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import * as ownProcess from 'node:process';
import { OracleComputeError } from '../errors.js';

/** The user that private files must belong to; `uid` is undefined on a platform without owners (Windows). */
export interface FileOwner {
  readonly uid: number | undefined;
}

/** The user that reads, and a signal that ends the wait for a pipe. */
export interface FileReader extends FileOwner {
  readonly signal?: AbortSignal;
}

/** The effective user id of this process; undefined on a platform without one (Windows). */
export function ownUserId(): number | undefined {
  return ownProcess.geteuid?.();
}

export function ownProcessId(): number {
  return ownProcess.pid;
}

/**
 * If this process is root, gives a new file or folder to the owner of its parent folder. `sudo` may keep HOME, and
 * root's files there would lock the user out.
 *
 * @param descriptor of the file, if it is open
 */
export function chownToParent(path: string, descriptor?: number): void {
  if (ownUserId() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0) return;
  if (descriptor === undefined) lchownSync(path, uid, gid);
  else fchownSync(descriptor, uid, gid);
}

/**
 * The folder that HOME names, on Windows USERPROFILE, as Oracle's clients have it; or, if that is not set, the one of
 * the user database.
 *
 * @throws OracleComputeError HOME_UNKNOWN
 */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  system: NodeJS.Platform = platform(),
): string {
  const variable = system === 'win32' ? 'USERPROFILE' : 'HOME';
  const home = env[variable];
  const unknown = (why: string) => new OracleComputeError('HOME_UNKNOWN', `the home folder is unknown: ${why}`, {});
  if (home) {
    // A relative path would mean another folder in each working directory.
    if (!isAbsolute(home)) throw unknown(`${variable} is not an absolute path`);
    return home;
  }
  try {
    // homedir() returns an empty HOME unchanged.
    return homedir() || userInfo().homedir;
  } catch {
    throw unknown(`${variable} is not set, and the system does not know the user`);
  }
}
