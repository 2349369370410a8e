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

/** A running process may still use what is younger. Milliseconds. */
const ABANDONED_AFTER = 60_000;

/**
 * What killed processes left beside the files that they wrote: it may hold a token or a key.
 *
 * @param cookieFile the path of a cookies file, if one is given
 */
export async function checkLeftovers(cookieFile: string | undefined, context: Context): Promise<readonly Check[]> {
  const { value: config } = await configFileOf({}, context);
  const sessions = join(context.home, '.oci', 'sessions');
  const found = [
    ...(await look('leftovers', async () => failures(temporariesIn(cookiesFolder(context.home)), context))),
    ...(await look('leftovers', async () => failures(cookieFile ? temporariesBeside(cookieFile) : [], context))),
    ...(await look('leftovers', async () => failures(temporariesBeside(config), context))),
    ...(await look('leftovers', async () => checkSessionFolders(sessions, config, context))),
  ];
  return found.length === 0 ? [pass('leftovers', 'no killed process left anything')] : found;
}

async function checkSessionFolders(sessions: string, config: string, context: Context): Promise<readonly Check[]> {
  const files = await filesInUse(config, context);
  const used = new Set(files.map((path) => dirname(path)));
  const folders = listFolder(sessions).map((name) => join(sessions, name));
  const elsewhere = files.filter((path) => !folders.includes(dirname(path)));
  const checks: Check[] = failures([...new Set(elsewhere.flatMap(temporariesBeside))], context);
  for (const folder of folders) {
    const staged = listFolder(folder)
      .map((name) => join(folder, name))
      .filter(isStaging);
    checks.push(...failures([...temporariesIn(folder), ...staged.filter((path) => !used.has(path))], context));
    const isUsed = used.has(folder) || staged.some((path) => used.has(path));
    const hasSecret = listFolder(folder).some((name) => SESSION_FILE_NAMES.includes(name));
    // Not a failure: another config file may name it.
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

function temporariesBeside(path: string): string[] {
  return temporariesOf(followLinks(path));
}

function failures(paths: readonly string[], context: Context): Check[] {
  return paths
    .filter((path) => isAbandoned(path, context))
    .map((path) => {
      const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      const what = isFolder ? 'folder of a new session' : 'temporary file';
      const message = `a killed process left the ${what} ${path}`;
      return fail('leftovers', new OracleComputeError('LEFTOVER_FILE', message, { path, isFolder }));
    });
}

function isAbandoned(path: string, context: Context): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && context.clock.now() - found.mtimeMs >= ABANDONED_AFTER;
}
