import { accessSync, constants, readFileSync } from 'node:fs';
import { systemErrorCode } from '../errors.js';

/**
 * Would writing an open file fail because its file system is read-only here (EROFS)? A mount can be read-only though its
 * file system is not, which is how secrets get into containers; only Linux's own lists tell that to everybody
 * (proc(5): mountinfo, fdinfo). access(2) says the rights of the file first.
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
  // Number, parent, device, root, place, options of the mount, more, a lone hyphen, type, source, options of its device.
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
