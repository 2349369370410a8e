import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.js';
import { OracleComputeError } from '../../errors.js';
import { withLock } from '../../files/lock.js';
import { makePrivateFolder, removeIfThere, replacePrivateFile } from '../../files/private-file.js';
import { type ConfigChanges, setSection } from '../config/config-edit.js';
import {
  absolutePath,
  type ConfigProfile,
  filesOfOthers,
  isSessionKey,
  readConfigText,
  readProfile,
  SHARED_SESSION_KEY,
} from '../config/config-file.js';
import { type ConfigText, findSection } from '../config/config-text.js';
import { checkProfileName, isSession } from '../config/session-profile.js';
import {
  chooseSessionFolder,
  claimSessionFolder,
  makeSessionFolder,
  pathsIn,
  removeFolder,
  removeStaging,
  type SessionPaths,
  stagingIn,
} from './session-folder.js';

const LOCK_WAIT = 45_000;

/** A session that is complete in memory. */
export interface NewSession {
  readonly profile: string;
  readonly configFile: string;
  /** Holds one folder per session, `~/.oci/sessions` as a rule. */
  readonly sessionsFolder: string;
  readonly token: string;
  /** The content of the key file, or the path of a key that is not moved. */
  readonly key: { readonly content: string } | { readonly path: string };
  readonly publicKeyPem: string | undefined;
  readonly fingerprint: string;
  readonly tenancy: string;
  readonly region: string;
  /** Stored in the config file, as Oracle's CLI does it on request. */
  readonly passphrase: string | undefined;
  /** Further keys for the section, after Oracle's own. */
  readonly further?: ConfigChanges;
}

export interface SaveParts {
  readonly clock: Clock;
  readonly home: string;
  /** Names further config files, whose sessions stay as they are. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Which profiles of that name may be replaced; `sharedAs`: only the session that hosts share by that name. */
  readonly replace: 'none' | 'sessions' | 'any' | { readonly sharedAs: string };
}

/**
 * Stores a session: files first, config last. The config's section is what makes it real, and it is replaced whole, so
 * that at every instant the profile is the complete old session or the complete new one. If the old session uses the
 * files to be replaced, the new one is first put beside it and then moved in. Files that another profile uses, or one
 * of the same name in another config file, stay: the session then gets a folder of another name.
 *
 * @returns the folder of the session's files
 * @throws OracleComputeError PROFILE_EXISTS, PROFILE_NAME_MALFORMED, CONFIG_FILE_CORRUPT, CONFIG_VALUE_UNSAFE,
 *   SESSION_LOCKED, FILE_UNWRITABLE, DISK_FULL
 */
export async function saveSession(given: NewSession, parts: SaveParts): Promise<string> {
  checkProfileName(given.profile, { blanks: true });
  const { clock, signal } = parts;
  const options = { clock, wait: LOCK_WAIT, signal };
  return withLock(given.configFile, options, async () => {
    const before = await readForReplacement(given, parts);
    const session = { ...given, further: [...(given.further ?? []), ...before.outdated] };
    const folder = await chooseSessionFolder(session.sessionsFolder, session, before.files, before.others);
    const paths = pathsIn(folder);
    // Fails early if a value cannot be written.
    setSection(before.config, session.profile, sectionOf(session, paths));
    const isNew = await makeSessionFolder(folder);
    try {
      // A refresh of the old session may be under way: it must not write its token over the new one.
      await withLock(paths.token, options, async () => {
        const moveIn = async () => {
          await writeFiles(session, paths);
          await commit(session, paths);
        };
        const isInUse = before.files.some((path) => path === paths.key || path === paths.token);
        if (isInUse) return commitBeside(session, folder, options, moveIn);
        const endClaim = await claimSessionFolder(folder, session.configFile);
        await moveIn();
        endClaim();
      });
    } catch (error) {
      if (isNew) await removeFolder(folder);
      throw error;
    }
    await removeStaging(folder);
    return folder;
  });
}

/** The profile that is there already, if it may be replaced. @throws OracleComputeError PROFILE_EXISTS */
export async function existingProfile(
  configFile: string,
  profile: string,
  replace: SaveParts['replace'],
): Promise<ConfigProfile | undefined> {
  const config = await readConfigText(configFile);
  if (!config || !findSection(config, profile)) return undefined;
  const existing = readProfile(config, profile);
  const sharedAs = typeof replace === 'object' ? replace.sharedAs : undefined;
  if (replace === 'any' || (replace === 'sessions' && isSession(existing))) return existing;
  if (sharedAs !== undefined && existing.values.get(SHARED_SESSION_KEY) === sharedAs) return existing;
  const other = sharedAs === undefined ? 'not a session' : `not the session that is shared as ${sharedAs}`;
  const what = sharedAs === undefined && isSession(existing) ? '' : ` and is ${other}`;
  const fields = { profile, path: configFile, sharedAs };
  throw new OracleComputeError('PROFILE_EXISTS', `the profile [${profile}] already exists${what}`, fields);
}

async function readForReplacement(session: NewSession, parts: SaveParts) {
  const { configFile, profile } = session;
  const existing = await existingProfile(configFile, profile, parts.replace);
  const config: ConfigText = (await readConfigText(configFile)) ?? { path: configFile, text: '' };
  const files = ['key_file', 'security_token_file']
    .map((key) => (existing?.own.has(key) ? existing.values.get(key) : undefined))
    .flatMap((path) => (path === undefined ? [] : [absolutePath(path, parts.home, '.')]));
  const outdated = [...(existing?.own ?? [])].filter(isSessionKey).map((key) => [key, undefined] as const);
  return { config, files, outdated, others: await filesOfOthers(config, profile, parts) };
}

/**
 * Puts the new session in a folder of its own and names it in the config: from here on it is complete, while `moveIn`
 * replaces the files of the old one. Locked until its files are gone, so that no refresh leaves a token there; the
 * folder follows, because Windows cannot remove it with the lock's file in it.
 */
async function commitBeside(
  session: NewSession,
  folder: string,
  options: { readonly clock: Clock; readonly wait: number },
  moveIn: () => Promise<void>,
): Promise<void> {
  const staging = pathsIn(stagingIn(folder));
  const remove = () => removeFolder(dirname(staging.token));
  let isCommitted = false;
  try {
    await makePrivateFolder(dirname(staging.token));
    await withLock(staging.token, options, async () => {
      await writeFiles(session, staging);
      await commit(session, staging);
      isCommitted = true;
      await moveIn();
      for (const path of Object.values(staging)) removeIfThere(path);
    });
    await remove();
  } catch (error) {
    if (!isCommitted) await remove();
    throw error;
  }
}

async function writeFiles(session: NewSession, paths: SessionPaths): Promise<void> {
  if ('content' in session.key) await replacePrivateFile(paths.key, session.key.content);
  if (session.publicKeyPem !== undefined) await replacePrivateFile(paths.publicKey, session.publicKeyPem);
  else await fs.rm(paths.publicKey, { force: true });
  await replacePrivateFile(paths.token, session.token);
}

async function commit(session: NewSession, paths: SessionPaths): Promise<void> {
  const path = session.configFile;
  const config = (await readConfigText(path)) ?? { path, text: '' };
  await replacePrivateFile(path, setSection(config, session.profile, sectionOf(session, paths)));
}

/** Oracle's keys in its order, then this program's. Leaves keys that a user added. */
function sectionOf(session: NewSession, paths: SessionPaths): ConfigChanges {
  return [
    ['fingerprint', session.fingerprint],
    ['key_file', 'path' in session.key ? session.key.path : paths.key],
    ['tenancy', session.tenancy],
    ['region', session.region],
    ['pass_phrase', session.passphrase],
    ['security_token_file', paths.token],
    ...(session.further ?? []),
  ];
}
