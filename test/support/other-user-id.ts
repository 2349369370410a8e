import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** Lets this process take itself for another user until the test ends. Undefined: for one of a system without users. */
export function actAs(uid: number | undefined): void {
  const { geteuid } = process;
  const set = (value: typeof geteuid) => {
    Object.assign(process, { geteuid: value });
    syncBuiltinESMExports();
  };
  onTestFinished(() => set(geteuid));
  set(uid === undefined ? undefined : () => uid);
}

/**
 * Does something as another user and under a umask, in this process: the kernel checks permissions by the effective user.
 * What access(2) says, which asks for the real user, is for a started program to show. Only root can do this.
 */
export async function doneAs<T>(uid: number, umask: number, action: () => Promise<T>): Promise<T> {
  const before = process.umask(umask);
  process.setegid?.(uid);
  process.seteuid?.(uid);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.umask(before);
  }
}
