import { promises as fs } from 'node:fs';
import { join, posix } from 'node:path';
import { OracleComputeError } from '../../errors.js';
import { replacePrivateFile } from '../../files/private-file.js';
import { setSection } from '../config/config-edit.js';
import { KEY_FILE_NAME } from '../login/session-folder.js';
import type { ExportedSession } from './export-session.js';

/**
 * Writes a session as a folder like `~/.oci`, for a container that mounts it: its config names the paths that are right
 * there.
 *
 * @param inside where the folder will be seen
 * @throws OracleComputeError FILE_EXISTS where the folder has a config and `replace` is false, CONFIG_VALUE_UNSAFE,
 *   FILE_UNWRITABLE, DISK_FULL
 */
export async function writeSessionFolder(
  name: string,
  session: ExportedSession,
  folder: string,
  inside: string,
  replace: boolean,
): Promise<void> {
  const path = join(folder, 'config');
  const exists = await fs.lstat(path).catch(() => undefined);
  if (exists && !replace) throw new OracleComputeError('FILE_EXISTS', `${path} exists already`, { path });
  const below = (file: string) => posix.join(inside, 'sessions', name, file);
  const text = setSection({ path, text: '' }, name, session.section(below(KEY_FILE_NAME), below('token')));
  await replacePrivateFile(join(folder, 'sessions', name, KEY_FILE_NAME), session.keyText);
  await replacePrivateFile(join(folder, 'sessions', name, 'token'), session.token.value);
  await replacePrivateFile(path, text);
}
