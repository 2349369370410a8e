import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OracleComputeError } from '../errors.js';
import { type Check, fail, note, type Outside, pass } from './check.js';

/**
 * The access control lists of folders: the user's security identifier on the first line, then a security descriptor for
 * each folder on a line of its own. Undefined if they cannot be read.
 */
export type ReadAccess = (folders: readonly string[]) => Promise<string | undefined>;

/** On Windows the access control list of the user's folder takes the place of modes: the folders in it inherit it. */
export async function checkAccess(read: ReadAccess | undefined, { home }: Outside): Promise<readonly Check[]> {
  const folders = [home, join(home, '.opc'), join(home, '.oci')].filter((folder) => existsSync(folder));
  const [user, ...descriptors] = ((await read?.(folders)) ?? '').trim().split(/\s*\n/);
  if (!user || descriptors.length !== folders.length) {
    return [note('folders', 'the access control lists of the folders cannot be read')];
  }
  const failures = folders.flatMap((path, index) => {
    const others = othersWithAccess(descriptors[index] ?? '', user);
    if (others.length === 0) return [];
    const message = `the folder ${path} is open to others: ${others.join(', ')}`;
    return [fail('folders', new OracleComputeError('FOLDER_UNSAFE', message, { path, mode: others.join(' ') }))];
  });
  return failures.length > 0 ? failures : [pass('folders', `only you and administrators can read ${home}`)];
}

/** Windows itself, administrators, and whoever makes or owns a file. */
const TRUSTED = ['SY', 'BA', 'LA', 'DA', 'EA', 'CO', 'OW', 'S-1-5-18', 'S-1-5-32-544', 'S-1-3-0', 'S-1-3-4'];
const NAMES: Readonly<Record<string, string>> = {
  WD: 'Everyone',
  'S-1-1-0': 'Everyone',
  BU: 'Users',
  'S-1-5-32-545': 'Users',
  AU: 'Authenticated Users',
  'S-1-5-11': 'Authenticated Users',
  BG: 'Guests',
};

/**
 * Who else may do something with a folder, by its security descriptor (Microsoft, "Security Descriptor String Format").
 *
 * @param user the security identifier of the user
 */
export function othersWithAccess(descriptor: string, user: string): string[] {
  const [, list] = /D:([A-Z_]*(?:\([^)]*\))*)/.exec(descriptor) ?? [];
  // Without a list, or with an empty pointer to one, everyone has every right.
  if (list === undefined || list.includes('NO_ACCESS_CONTROL')) return ['Everyone'];
  const trustees = [...list.matchAll(/\((X?A|OA);[^;]*;[^;]+;[^;]*;[^;]*;([^;)]+)/g)].map(
    ([, , trustee]) => trustee ?? '',
  );
  const others = trustees.filter((trustee) => trustee !== user && !TRUSTED.includes(trustee));
  return [...new Set(others.map((trustee) => NAMES[trustee] ?? trustee))];
}
