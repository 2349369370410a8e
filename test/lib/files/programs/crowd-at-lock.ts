// Takes and leaves the lock of the file that is named, many times, and fails where somebody else is inside.
import { mkdirSync, rmdirSync } from 'node:fs';
import { systemClock } from '../../../../lib/clock.js';
import { withLock } from '../../../../lib/files/lock.js';

const [path = '', rounds = '1'] = process.argv.slice(2);
// Whoever waits tries again at once: what is looked for happens between two calls of another process.
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
