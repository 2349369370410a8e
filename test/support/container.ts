import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TestRunner } from 'vitest';
import { temporaryHome } from './temporary-home.js';

/** Makes a new root: everything of the old one, and a read-only folder at another path. */
const NEW_ROOT = `
root=$1 folder=$2 place=$3
shift 3
mount -t tmpfs none "$root"
for path in /*; do
  if [ -L "$path" ]; then cp -P "$path" "$root$path"
  elif [ -d "$path" ]; then mkdir "$root$path"; mount --rbind "$path" "$root$path"; fi
done
mkdir -p "$root$place"
mount --bind "$folder" "$root$place"
mount -o remount,bind,ro "$root$place"
exec chroot "$root" "$@"
`;

/**
 * What stands before a command so that it sees a folder as a container does that mounts it read-only. Only root on Linux
 * can make such a place; elsewhere the running test is skipped, under CI=true, where nothing may be skipped, it fails.
 */
export function containerWith(folder: string, place: string): readonly string[] {
  const root = join(temporaryHome(), 'root');
  mkdirSync(root);
  const namespace = ['unshare', '--mount', '--propagation', 'private'];
  const prefix = [...namespace, 'sh', '-ec', NEW_ROOT, 'sh', root, folder, place];
  const [program = '', ...first] = prefix;
  const { status, stderr, error } = spawnSync(program, [...first, 'true'], { encoding: 'utf8' });
  if (status === 0) return prefix;
  const reason = `only root on Linux can make a container: ${error?.message ?? stderr.trim()}`;
  const test = TestRunner.getCurrentTest();
  if (process.env.CI === 'true' || test === undefined) throw new Error(reason);
  return test.context.skip(reason);
}
