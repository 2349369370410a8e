import { fchownSync, lchownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as ownProcess from 'node:process';

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
export function handOver(path: string, descriptor?: number): void {
  if (ownUserId() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0) return;
  if (descriptor === undefined) lchownSync(path, uid, gid);
  else fchownSync(descriptor, uid, gid);
}
