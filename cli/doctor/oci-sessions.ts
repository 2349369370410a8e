import { promises as fs } from 'node:fs';
import { isOracleComputeError, OracleComputeError } from '../../lib/errors.js';
import { readAllProfiles, readConfigText } from '../../lib/oci/config-file.js';
import { checkKeyFits, loadPrivateKey, readSecurityToken } from '../../lib/oci/credential-files.js';
import { isSession, type SessionProfile, sessionProfile } from '../../lib/oci/session-profile.js';
import { configFileOf } from '../options/oci-places.js';
import type { World } from '../world.js';
import { type Check, fail, pass } from './check.js';

/** Every OCI session of the config file: its files, their modes, and whether token and key belong together. */
export async function checkOciSessions(world: World): Promise<readonly Check[]> {
  const { value: path } = await configFileOf({}, world);
  const config = await readConfigText(path);
  if (!config) return [pass('oci', `there is no config file ${path}`)];
  const failures = [await openToOthers(path, world)];
  const profiles = readAllProfiles(config).filter(isSession);
  for (const profile of profiles) {
    failures.push(
      ...(await findFaults(async () => {
        const session = sessionProfile(profile, world.home);
        const modes = [session.securityTokenFile, session.keyFile].map((file) => openToOthers(file, world));
        await checkCredentials(session);
        return Promise.all(modes);
      })),
    );
  }
  const found = failures.filter((failure) => failure !== undefined);
  const count = profiles.length === 1 ? '1 session is' : `${profiles.length} sessions are`;
  return found.length === 0
    ? [pass('oci', profiles.length === 0 ? `${path} has no session` : `${count} in order in ${path}`)]
    : found.map((failure) => fail('oci', failure));
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

async function findFaults(
  look: () => Promise<readonly (OracleComputeError | undefined)[]>,
): Promise<readonly (OracleComputeError | undefined)[]> {
  try {
    return await look();
  } catch (error) {
    if (!isOracleComputeError(error)) throw error;
    return [error];
  }
}

/** Oracle's clients only warn of it; the files let others be this user all the same. */
async function openToOthers(path: string, world: World): Promise<OracleComputeError | undefined> {
  const stat = await fs.stat(path).catch(() => undefined);
  if (!stat || world.uid === undefined || (stat.mode & 0o077) === 0) return undefined;
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  return new OracleComputeError('FILE_UNSAFE', `${path} is open to others (mode ${mode})`, { path, mode });
}
