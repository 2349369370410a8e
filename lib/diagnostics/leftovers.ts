import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cookiesFolder } from '../compute/cookies/cookies-file-store.js';
import { OracleComputeError } from '../errors.js';
import { followLinks } from '../files/paths.js';
import { listFolder, temporariesIn, temporariesOf } from '../files/private-file.js';
import { chooseConfigFile } from '../oci/config/choose-profile.js';
import { absolutePath, readConfigText } from '../oci/config/config-file.js';
import { listSections, readEntries } from '../oci/config/config-text.js';
import { isStaging, SESSION_FILE_NAMES } from '../oci/login/session-folder.js';
import { type Check, fail, note, type Outside, pass, runCheck } from './check.js';

/** A running process may still use what is younger. Milliseconds. */
const ABANDONED_AFTER = 60_000;

/**
 * What killed processes left beside the files that they wrote: it may hold a token or a key.
 *
 * @param cookieFile the path of a cookies file, if one is given
 */
export async function checkLeftovers(cookieFile: string | undefined, outside: Outside): Promise<readonly Check[]> {
  const { value: config } = chooseConfigFile({}, outside);
  const sessions = join(outside.home, '.oci', 'sessions');
  const found = [
    ...(await runCheck('leftovers', async () => failures(temporariesIn(cookiesFolder(outside.home)), outside))),
    ...(await runCheck('leftovers', async () => failures(cookieFile ? temporariesBeside(cookieFile) : [], outside))),
    ...(await runCheck('leftovers', async () => failures(temporariesBeside(config), outside))),
    ...(await runCheck('leftovers', async () => checkSessionFolders(sessions, config, outside))),
  ];
  return found.length === 0 ? [pass('leftovers', 'no leftover files')] : found;
}

async function checkSessionFolders(sessions: string, config: string, outside: Outside): Promise<readonly Check[]> {
  const files = await filesInUse(config, outside);
  const used = new Set(files.map((path) => dirname(path)));
  const folders = listFolder(sessions).map((name) => join(sessions, name));
  const elsewhere = files.filter((path) => !folders.includes(dirname(path)));
  const checks: Check[] = failures([...new Set(elsewhere.flatMap(temporariesBeside))], outside);
  for (const folder of folders) {
    const staged = listFolder(folder)
      .map((name) => join(folder, name))
      .filter(isStaging);
    checks.push(...failures([...temporariesIn(folder), ...staged.filter((path) => !used.has(path))], outside));
    const isUsed = used.has(folder) || staged.some((path) => used.has(path));
    const hasSecret = listFolder(folder).some((name) => SESSION_FILE_NAMES.includes(name));
    // Not a failure: another config file may name it.
    if (!isUsed && hasSecret && isAbandoned(folder, outside)) {
      checks.push(note('leftovers', `${folder} holds a token or a key, and no profile in ${config} uses it`));
    }
  }
  return checks;
}

/** The tokens and keys that a config file names. */
async function filesInUse(path: string, { home }: Outside): Promise<readonly string[]> {
  const config = await readConfigText(path);
  if (!config) return [];
  const entries = listSections(config).flatMap((section) => readEntries(config, section));
  const files = entries.filter(({ key }) => key === 'security_token_file' || key === 'key_file');
  return files.map(({ value }) => absolutePath(value, home));
}

function temporariesBeside(path: string): string[] {
  return temporariesOf(followLinks(path));
}

function failures(paths: readonly string[], outside: Outside): Check[] {
  return paths
    .filter((path) => isAbandoned(path, outside))
    .map((path) => {
      const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      const what = isFolder ? 'folder of a new session' : 'temporary file';
      const message = `a killed process left the ${what} ${path}`;
      return fail('leftovers', new OracleComputeError('LEFTOVER_FILE', message, { path, isFolder }));
    });
}

function isAbandoned(path: string, outside: Outside): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && outside.clock.now() - found.mtimeMs >= ABANDONED_AFTER;
}
