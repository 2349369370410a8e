import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cookiesFolder } from '../../lib/compute/cookies/cookies-file-store.js';
import { OracleComputeError } from '../../lib/errors.js';
import { followLinks } from '../../lib/files/paths.js';
import { listFolder, temporariesIn, temporariesOf } from '../../lib/files/private-file.js';
import { configFileOf } from '../../lib/oci/config/choose-profile.js';
import { absolutePath, readConfigText } from '../../lib/oci/config/config-file.js';
import { listSections, readEntries } from '../../lib/oci/config/config-text.js';
import { isStaging, SESSION_FILE_NAMES } from '../../lib/oci/login/session-folder.js';
import type { Context } from '../context/context.js';
import { type Check, fail, look, note, pass } from './check.js';

/** What is younger may be in use by a process that lives. Milliseconds. */
const ABANDONED_AFTER = 60_000;

/**
 * What killed processes leave beside the files that they write: it may hold a token or a key.
 *
 * @param cookieFile a cookies file that was named
 */
export async function checkLeftovers(cookieFile: string | undefined, context: Context): Promise<readonly Check[]> {
  const { value: config } = await configFileOf({}, context);
  const sessions = join(context.home, '.oci', 'sessions');
  const found = [
    ...(await look('leftovers', async () => failures(leftIn(cookiesFolder(context.home)), context))),
    ...(await look('leftovers', async () => failures(cookieFile ? leftOf(cookieFile) : [], context))),
    ...(await look('leftovers', async () => failures(leftOf(config), context))),
    ...(await look('leftovers', async () => checkSessionFolders(sessions, config, context))),
  ];
  return found.length === 0 ? [pass('leftovers', 'no killed process has left anything')] : found;
}

async function checkSessionFolders(sessions: string, config: string, context: Context): Promise<readonly Check[]> {
  const files = await filesInUse(config, context);
  const used = new Set(files.map((path) => dirname(path)));
  const folders = listFolder(sessions).map((name) => join(sessions, name));
  const elsewhere = files.filter((path) => !folders.includes(dirname(path)));
  const checks: Check[] = failures([...new Set(elsewhere.flatMap(leftOf))], context);
  for (const folder of folders) {
    const staged = listFolder(folder)
      .map((name) => join(folder, name))
      .filter(isStaging);
    checks.push(...failures([...leftIn(folder), ...staged.filter((path) => !used.has(path))], context));
    const isUsed = used.has(folder) || staged.some((path) => used.has(path));
    const hasSecret = listFolder(folder).some((name) => SESSION_FILE_NAMES.includes(name));
    // Another config file may name it: no failure.
    if (!isUsed && hasSecret && isAbandoned(folder, context)) {
      checks.push(note('leftovers', `${folder} holds a token or a key, and no profile in ${config} uses it`));
    }
  }
  return checks;
}

/** The tokens and keys that a config file names. */
async function filesInUse(path: string, { home }: Context): Promise<readonly string[]> {
  const config = await readConfigText(path);
  if (!config) return [];
  const entries = listSections(config).flatMap((section) => readEntries(config, section));
  const files = entries.filter(({ key }) => key === 'security_token_file' || key === 'key_file');
  return files.map(({ value }) => absolutePath(value, home));
}

/** Temporary files in a folder, and locks of version 0.1, which were folders. */
function leftIn(folder: string): string[] {
  const locks = listFolder(folder).filter((name) => name.endsWith('.lock'));
  return [...temporariesIn(folder), ...locks.map((name) => join(folder, name)).filter(isFolder)];
}

function leftOf(path: string): string[] {
  const target = followLinks(path);
  const lock = `${target}.lock`;
  return [...temporariesOf(target), ...(isFolder(lock) ? [lock] : [])];
}

function failures(paths: readonly string[], context: Context): Check[] {
  return paths
    .filter((path) => isAbandoned(path, context))
    .map((path) => {
      const isDirectory = isFolder(path);
      const what = !isDirectory ? 'temporary file' : isStaging(path) ? 'folder of a new session' : 'lock';
      const message = `a process that was killed has left the ${what} ${path}`;
      return fail('leftovers', new OracleComputeError('LEFTOVER_FILE', message, { path, isFolder: isDirectory }));
    });
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isAbandoned(path: string, context: Context): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && context.clock.now() - found.mtimeMs >= ABANDONED_AFTER;
}
