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
