import * as ownProcess from 'node:process';

/** Who owns our files; `uid` is undefined where the platform has no owners (Windows). */
export interface FileOwner {
  readonly uid: number | undefined;
}

/** The effective user id of this process, undefined where the platform has none (Windows). */
export function ownUserId(): number | undefined {
  return ownProcess.geteuid?.();
}

export function ownProcessId(): number {
  return ownProcess.pid;
}
