import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TestRunner } from 'vitest';
import { PROGRAM } from './program.js';
import { temporaryHome } from './temporary-home.js';

/** Debian's `nobody`. Only root can run a process as another user. */
export const NOBODY = 65_534;

export interface OtherUser {
  /** Runs the program as a user without privileges; append its arguments. */
  readonly command: readonly string[];
  /** A folder that everybody can enter. */
  readonly open: string;
  /** A home folder of that user's own. */
  readonly home: string;
}

/**
 * Somebody who is not root: permission bits mean nothing to root. Where the tests do not run as root the running test
 * is skipped, under CI=true it fails.
 */
export function otherUser(): OtherUser {
  if (process.geteuid?.() !== 0) {
    const test = TestRunner.getCurrentTest();
    if (process.env.CI === 'true' || test === undefined) throw new Error('only root can run a program as another user');
    return test.context.skip('only root can run a program as another user');
  }
  const open = temporaryHome();
  chmodSync(open, 0o755);
  // Other users may not be able to enter the folder of the checkout.
  const folder = join(open, 'program');
  const program = join(folder, 'dist', 'bin');
  cpSync(dirname(PROGRAM), program, { recursive: true });
  // The one package that is not in the bundle.
  const addon = join('node_modules', 'fs-native-extensions');
  cpSync(addon, join(folder, addon), { recursive: true });
  const home = join(open, 'home');
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, NOBODY, NOBODY);
  const identity = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return { command: [...identity, process.execPath, join(program, 'oracle-compute.js')], open, home };
}

/** Gives a file or folder to that user. */
export function giveAway(path: string): string {
  chownSync(path, NOBODY, NOBODY);
  return path;
}
