import { promises as fs } from 'node:fs';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { configFileOf } from '../../lib/oci/config/choose-profile.js';
import { readAllProfiles, readConfigText } from '../../lib/oci/config/config-file.js';
import { isSession, type SessionProfile, sessionProfile } from '../../lib/oci/config/session-profile.js';
import { checkKeyFits, loadPrivateKey, readSecurityToken } from '../../lib/oci/credentials/credential-files.js';
import type { Context } from '../context/context.js';
import { type Check, fail, look, pass } from './check.js';
import { OPEN_TO_OTHERS, octal } from './files.js';

/** Every OCI session of the config file: its files, their modes, and whether token and key belong together. */
export async function checkOciSessions(context: Context): Promise<readonly Check[]> {
  const { value: path } = await configFileOf({}, context);
  const config = await readConfigText(path);
  if (!config) return [pass('oci', `there is no config file ${path}`)];
  const failures = await checkModes([path], context);
  const profiles = readAllProfiles(config).filter(isSession);
  for (const profile of profiles) {
    failures.push(...(await look('oci', async () => checkSession(sessionProfile(profile, context.home), context))));
  }
  if (failures.length > 0) return failures;
  const count = profiles.length === 1 ? '1 session is' : `${profiles.length} sessions are`;
  return [pass('oci', profiles.length === 0 ? `${path} has no session` : `${count} in order in ${path}`)];
}

/** What is wrong with a session; nothing where all is in order. */
async function checkSession(session: SessionProfile, context: Context): Promise<readonly Check[]> {
  const modes = await checkModes([session.securityTokenFile, session.keyFile], context);
  const credentials = await look('oci', async () => {
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
    // Other commands ask for it.
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING')) throw error;
  }
}

/** Oracle's clients only warn of it; the files let others be this user all the same. */
async function checkModes(paths: readonly string[], context: Context): Promise<Check[]> {
  const failures: Check[] = [];
  for (const path of paths) {
    const stat = await fs.stat(path).catch(() => undefined);
    if (!stat || context.uid === undefined || (stat.mode & OPEN_TO_OTHERS) === 0) continue;
    const mode = octal(stat);
    const message = `${path} is open to others (mode ${mode})`;
    failures.push(fail('oci', new OracleComputeError('FILE_UNSAFE', message, { path, mode })));
  }
  return failures;
}
