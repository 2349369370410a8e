import { join, posix } from 'node:path';
import { removeIfThere, replacePrivateFile } from '../../files/private-file.js';
import { setSection } from '../config/config-edit.js';
import { KEY_FILE_NAME } from '../login/session-folder.js';
import { assertFree, type ExportedSession } from './export-session.js';

/**
 * Writes a session as a folder like `~/.oci`, for a container that mounts it: its config names the paths that are right
 * there.
 *
 * @param inside the path of the folder in the container
 * @throws OracleComputeError FILE_EXISTS if one of its files exists and `replace` is false, CONFIG_VALUE_UNSAFE,
 *   FILE_UNWRITABLE, DISK_FULL
 */
export async function writeSessionFolder(
  name: string,
  session: ExportedSession & { readonly tokenFile: string },
  folder: string,
  inside: string,
  replace: boolean,
): Promise<void> {
  const path = join(folder, 'config');
  const below = (file: string) => posix.join(inside, 'sessions', name, file);
  const text = setSection({ path, text: '' }, name, session.section(below(KEY_FILE_NAME), below('token')));
  const files = [
    [join(folder, 'sessions', name, KEY_FILE_NAME), session.keyText],
    [join(folder, 'sessions', name, 'token'), session.token.value],
    [path, text],
  ] as const;
  if (!replace) for (const [file] of files) assertFree(file);
  try {
    for (const [file, content] of files) await replacePrivateFile(file, content, session.tokenFile);
  } catch (error) {
    if (!replace) for (const [file] of files) removeIfThere(file);
    throw error;
  }
}
