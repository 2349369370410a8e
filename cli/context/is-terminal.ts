import { fstatSync, statSync } from 'node:fs';

/** Whether one of the standard streams is a terminal. `process.stdin.isTTY` and the like say it too, but load a stream. */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  return mayBeTerminal(descriptor) && process.getBuiltinModule('node:tty').isatty(descriptor);
}

/** A cheap test, which does not load node:tty. Windows has no /dev/null to compare with. */
function mayBeTerminal(descriptor: number): boolean {
  if (process.platform === 'win32') return true;
  const own = fstatSync(descriptor);
  return own.isCharacterDevice() && own.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}
