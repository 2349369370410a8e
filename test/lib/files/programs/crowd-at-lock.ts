// Takes and releases the lock of a file many times, and fails if another process holds it, too.
import { mkdirSync, rmdirSync } from 'node:fs';
import { systemClock } from '../../../../lib/clock.js';
import { withLock } from '../../../../lib/files/lock.js';

const [path = '', rounds = '1'] = process.argv.slice(2);
// A waiting process tries again immediately: the race is between two calls of another process.
const clock = {
  ...systemClock,
  monotonic: () => 0,
  sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
};
for (let round = 0; round < Number(rounds); round++) {
  await withLock(path, { clock, wait: 1 }, async () => {
    mkdirSync(`${path}.inside`);
    rmdirSync(`${path}.inside`);
  });
}
