import { accessSync, constants, readFileSync } from 'node:fs';
import { systemErrorCode } from '../errors.js';

/**
 * Would writing an open file fail with EROFS? A mount can be read-only although its file system is not, as for secrets
 * in containers; on Linux, mountinfo and fdinfo (proc(5)) show that to every user. access(2) checks the file's
 * permissions first, and so may answer EACCES instead.
 */
export function isOnReadOnlyMount(descriptor: number, path: string): boolean {
  try {
    return isMountReadOnly(descriptor) ?? isAccessReadOnly(path);
  } catch {
    return isAccessReadOnly(path);
  }
}

function isMountReadOnly(descriptor: number): boolean | undefined {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  const mount = id === undefined ? undefined : mounts.find((line) => line.startsWith(`${id} `));
  if (mount === undefined) return undefined;
  // Mount id, parent, device, root, mount point, mount options, …, a hyphen, type, source, super block options.
  const [own = '', device = ''] = mount.split(' - ');
  const options = [own.split(' ')[5], device.split(' ')[2]];
  return options.some((list) => list?.split(',').includes('ro'));
}

function isAccessReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'EROFS';
  }
}
