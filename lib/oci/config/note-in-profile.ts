import type { Clock } from '../../clock.js';
import { withLock } from '../../files/lock.js';
import { replacePrivateFile } from '../../files/private-file.js';
import { setSection } from './config-edit.js';
import { readConfigText } from './config-file.js';
import type { SessionProfile } from './session-profile.js';

const LOCK_WAIT = 45_000;

/** Writes one session key into the section. @throws OracleComputeError CONFIG_VALUE_UNSAFE, SESSION_LOCKED */
export async function noteInProfile(session: SessionProfile, key: string, value: string, clock: Clock): Promise<void> {
  const path = session.configFile;
  await withLock(path, { clock, wait: LOCK_WAIT }, async () => {
    const config = (await readConfigText(path)) ?? { path, text: '' };
    await replacePrivateFile(path, setSection(config, session.name, [[key, value]]));
  });
}
