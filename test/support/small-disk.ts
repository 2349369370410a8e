import { execFileSync } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, TestRunner } from 'vitest';
import { temporaryHome } from './temporary-home.js';

export interface SmallDisk {
  readonly path: string;
  /** Leaves exactly this many bytes free: a multiple of the page size. */
  fillUpTo(free: number): void;
}

/**
 * A disk in memory for one test. Only root can mount one; elsewhere the running test is skipped, under CI=true, where
 * nothing may be skipped, it fails.
 *
 * @param options of tmpfs(5): `size=64k`, `nr_inodes=10`
 */
export function smallDisk(options: string): SmallDisk {
  const path = temporaryHome();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=0700`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (cause) {
    const test = TestRunner.getCurrentTest();
    if (process.env.CI === 'true' || test === undefined) throw cause;
    return test.context.skip('only root can mount a small disk');
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]));
  const filler = join(path, 'filler');
  return {
    path,
    fillUpTo: (free) => {
      const file = openSync(filler, 'w', 0o600);
      let written = 0;
      try {
        for (;;) written += writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
      truncateSync(filler, written - free);
    },
  };
}
