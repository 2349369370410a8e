import { promises as fs, type Stats } from 'node:fs';
import { join } from 'node:path';
import { readComputeProfile } from '../compute/account.js';
import { cookiesFolder, listCookiesFiles } from '../compute/cookies/cookies-file-store.js';
import { storeAt } from '../compute/find-session.js';
import type { StoredSession } from '../compute/stored-session.js';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../errors.js';
import { unreadable } from '../files/paths.js';
import { writersFault } from '../files/text-file.js';
import { chooseConfigFile } from '../oci/config/choose-profile.js';
import { readAllProfiles, readConfigText } from '../oci/config/config-file.js';
import { isSession, type SessionProfile, sessionProfile } from '../oci/config/session-profile.js';
import { checkKeyFits, loadPrivateKey, readSecurityToken } from '../oci/credentials/credential-files.js';
import { readPasswordFile } from '../secrets/password-file.js';
import type { ValueWithOrigin } from '../text.js';
import { type Check, fail, note, type Outside, pass, runCheck } from './check.js';
import { checkAccess, type ReadAccess } from './windows-access.js';

/** Permission bits of other users. */
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/** The folders below the home folder: other users must not change them, or list the cookies files. */
export async function checkFolders(outside: Outside, readAccess?: ReadAccess): Promise<readonly Check[]> {
  if (outside.uid === undefined) return checkAccess(readAccess, outside);
  const { home } = outside;
  const sessions = join(home, '.oci', 'sessions');
  const folders: [path: string, forbidden: number][] = [
    [join(home, '.opc'), WRITABLE_BY_OTHERS],
    [join(home, '.opc', 'profiles'), WRITABLE_BY_OTHERS],
    [cookiesFolder(home), OPEN_TO_OTHERS],
    [join(home, '.oci'), WRITABLE_BY_OTHERS],
    [sessions, WRITABLE_BY_OTHERS],
  ];
  const failures: Check[] = [];
  const check = async (path: string, forbidden: number) => {
    const failure = await checkFolder(path, forbidden, outside);
    if (failure) failures.push(fail('folders', failure));
  };
  for (const [path, forbidden] of folders) await check(path, forbidden);
  const names = await fs.readdir(sessions).catch(() => []);
  for (const name of names) await check(join(sessions, name), WRITABLE_BY_OTHERS);
  return failures.length > 0
    ? failures
    : [pass('folders', `${join(home, '.opc')} and ${join(home, '.oci')} are private or do not exist`)];
}

async function checkFolder(path: string, forbidden: number, outside: Outside): Promise<OracleComputeError | undefined> {
  let stat: Stats;
  try {
    stat = await fs.stat(path);
  } catch (cause) {
    const code = systemErrorCode(cause);
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : unreadable(path, cause);
  }
  if (stat.uid !== outside.uid) {
    return new OracleComputeError('FILE_FOREIGN_OWNER', `the folder ${path} belongs to another user`, { path });
  }
  if ((stat.mode & forbidden) === 0) return undefined;
  const mode = octal(stat);
  const what = forbidden === OPEN_TO_OTHERS ? 'is open to others' : 'can be changed by others';
  return new OracleComputeError('FOLDER_UNSAFE', `the folder ${path} ${what} (mode ${mode})`, { path, mode });
}

/** The profile file, by reading it as all commands do. */
export async function checkProfileFile(
  { path, isNamed }: { readonly path: string; readonly isNamed: boolean },
  { signal }: Outside,
): Promise<Check> {
  const stat = await fs.stat(path).catch(() => undefined);
  // Reading a pipe would consume it.
  if (stat?.isFIFO()) return note('profile', `${path} is a pipe, which doctor does not read`);
  await readComputeProfile(path, { mustExist: isNamed, signal });
  return pass('profile', stat ? `${path} is in order` : `the profile file ${path} does not exist`);
}

/** Files that decide whom to trust, which no command refuses because Node or Oracle's clients read them, too. */
export async function checkTrust(outside: Outside): Promise<readonly Check[]> {
  const ofOci = ['oci_cli_rc', 'regions-config.json', 'developer-tool-configuration.json'];
  const paths = [outside.env.NODE_EXTRA_CA_CERTS ?? '', ...ofOci.map((name) => join(outside.home, '.oci', name))];
  const faults = await Promise.all(paths.map((path) => writersFault(path, outside)));
  return faults.flatMap((fault) => (fault ? [fail('trust', fault)] : []));
}

export async function checkPasswordFile(file: ValueWithOrigin<string> | undefined, outside: Outside): Promise<Check> {
  if (!file) return note('password', 'no password file: the password comes from the keychain or a prompt');
  if (file.value === '-') return note('password', 'the program prompts for it');
  const path = file.value;
  const stat = await fs.stat(path).catch(() => undefined);
  // Reading a pipe would consume it.
  if (stat?.isFIFO()) return note('password', `${path} is a pipe, which doctor does not read`);
  await readPasswordFile(path, outside);
  return pass('password', `the password file ${path} is in order`);
}

interface CookiesFiles {
  readonly checks: readonly Check[];
  /** The readable ones. */
  readonly sessions: readonly StoredSession[];
}

/** Every cookies file, by reading it as all commands do. */
export async function checkCookiesFiles(named: string | undefined, outside: Outside): Promise<CookiesFiles> {
  const checks: Check[] = [];
  const sessions: StoredSession[] = [];
  const paths = named === undefined ? [] : [named];
  checks.push(
    ...(await runCheck('cookies', async () => {
      paths.unshift(...(await listCookiesFiles(outside.home)));
      return [];
    })),
  );
  for (const path of new Set(paths)) {
    checks.push(
      ...(await runCheck('cookies', async () => {
        const session = await storeAt(path, { ...outside, owner: outside }).read();
        if (session) sessions.push(session);
        return [];
      })),
    );
  }
  const count = sessions.length === 1 ? '1 stored session is' : `${sessions.length} stored sessions are`;
  const inOrder = sessions.length === 0 ? 'no stored session' : `${count} in order`;
  return { checks: checks.length > 0 ? checks : [pass('cookies', inOrder)], sessions };
}

/** The permission bits as chmod takes them: `0644`. */
function octal(stat: Stats): string {
  return (stat.mode & 0o777).toString(8).padStart(4, '0');
}

/** Every OCI session of the config file: its files, their modes, and whether token and key belong together. */
export async function checkOciSessions(outside: Outside): Promise<readonly Check[]> {
  const { value: path } = chooseConfigFile({}, outside);
  const config = await readConfigText(path);
  if (!config) return [pass('oci', `there is no config file ${path}`)];
  const failures = await checkModes([path], outside);
  const profiles = readAllProfiles(config).filter(isSession);
  for (const profile of profiles) {
    failures.push(...(await runCheck('oci', async () => checkSession(sessionProfile(profile, outside.home), outside))));
  }
  if (failures.length > 0) return failures;
  const count = profiles.length === 1 ? '1 session is' : `${profiles.length} sessions are`;
  return [pass('oci', profiles.length === 0 ? `${path} has no session` : `${count} in order in ${path}`)];
}

/** The failures of a session. */
async function checkSession(session: SessionProfile, outside: Outside): Promise<readonly Check[]> {
  const modes = await checkModes([session.securityTokenFile, session.keyFile], outside);
  const credentials = await runCheck('oci', async () => {
    await checkCredentials(session);
    return [];
  });
  return [...modes, ...credentials];
}

async function checkCredentials({ securityTokenFile, keyFile, passphrase }: SessionProfile): Promise<void> {
  const token = await readSecurityToken(securityTokenFile);
  try {
    checkKeyFits(token, await loadPrivateKey(keyFile, passphrase), keyFile);
  } catch (error) {
    // Other commands prompt for it.
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING')) throw error;
  }
}

/** Oracle's clients only warn about such modes, but anyone who reads the files can act as this user. */
async function checkModes(paths: readonly string[], outside: Outside): Promise<Check[]> {
  const failures: Check[] = [];
  for (const path of paths) {
    const stat = await fs.stat(path).catch(() => undefined);
    if (!stat || outside.uid === undefined || (stat.mode & OPEN_TO_OTHERS) === 0) continue;
    const mode = octal(stat);
    const message = `${path} is open to others (mode ${mode})`;
    failures.push(fail('oci', new OracleComputeError('FILE_UNSAFE', message, { path, mode })));
  }
  return failures;
}
