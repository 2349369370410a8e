// Takes the lock of the file that is named, says "locked", and holds it until stdin ends.
import { once } from 'node:events';
import { systemClock } from '../../../../lib/clock.js';
import { withLock } from '../../../../lib/files/lock.js';

const [path = ''] = process.argv.slice(2);
await withLock(path, { clock: systemClock, wait: 60_000 }, async () => {
  process.stdout.write('locked\n');
  process.stdin.resume();
  await once(process.stdin, 'end');
});
