import { fchownSync, lchownSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import * as ownProcess from 'node:process';
import { OracleComputeError } from '../errors.js';

/** Who owns our files; `uid` is undefined where the platform has no owners (Windows). */
export interface FileOwner {
  readonly uid: number | undefined;
}

/** Who reads; a signal ends the waiting for a pipe. */
export interface FileReader extends FileOwner {
  readonly signal?: AbortSignal;
}

/** The effective user id of this process, undefined where the platform has none (Windows). */
export function ownUserId(): number | undefined {
  return ownProcess.geteuid?.();
}

export function ownProcessId(): number {
  return ownProcess.pid;
}

/**
 * Gives a file or folder that root has just made to the owner of the folder that it is in. `sudo` may keep HOME: what
 * root leaves there would lock its user out.
 *
 * @param descriptor of the file, where it is open
 */
export function chownToParent(path: string, descriptor?: number): void {
  if (ownUserId() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0) return;
  if (descriptor === undefined) lchownSync(path, uid, gid);
  else fchownSync(descriptor, uid, gid);
}

/** The folder that HOME names, or, if that is not set, the user database. @throws OracleComputeError HOME_UNKNOWN */
export function homeFolder({ HOME: home }: Readonly<Record<string, string | undefined>>): string {
  const unknown = (why: string) => new OracleComputeError('HOME_UNKNOWN', `there is no home folder: ${why}`, {});
  if (home) {
    // In each folder it would be another one.
    if (!isAbsolute(home)) throw unknown('HOME is not an absolute path');
    return home;
  }
  try {
    // Node takes an empty HOME for an answer.
    return homedir() || userInfo().homedir;
  } catch {
    throw unknown('HOME is not set, nor is the user known');
  }
}
