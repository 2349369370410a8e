import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../clock.js';
import { isOracleComputeError } from '../errors.js';
import { withLock } from '../files/lock.js';
import { statOf } from '../files/paths.js';
import { removeOthersPermissions, removePrivateFile, replacePrivateFile } from '../files/private-file.js';
import type { SessionTimes } from '../session/lifetimes.js';
import type { ExclusiveSession, SessionStore } from '../session/store.js';
import type { SessionProfile } from './config/session-profile.js';
import { readSecurityToken } from './credentials/credential-files.js';
import { type SecurityToken, tokenTimes } from './credentials/security-token.js';

/** What the token file of a session says. */
export interface StoredToken {
  readonly token: SecurityToken;
  readonly times: SessionTimes;
  /** When the file was written, by this machine's clock. Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** The same as the renewal takes it. */
export interface SessionToken extends SessionTimes, Pick<StoredToken, 'token' | 'writtenAt'> {}

/** The token of a session as it stands on disk, and its times. @throws OracleComputeError as `readSecurityToken` */
export async function readSession(session: SessionProfile, clock: Pick<Clock, 'now'>): Promise<StoredToken> {
  const path = session.securityTokenFile;
  const token = await readSecurityToken(path);
  // If the file is gone at this instant, another process is replacing it now.
  const now = clock.now();
  const writtenAt = statOf(path)?.mtimeMs ?? now;
  return { token, times: tokenTimes(token, now, session.notedSessionEnd, writtenAt), writtenAt };
}

/**
 * The token file of a session: changed only under a lock, after reading it again, and replaced whole. Oracle's clients
 * write it without a lock, so what is replaced is compared first.
 */
export function tokenFileStore(session: SessionProfile, clock: Clock): SessionStore<SessionToken> {
  const path = session.securityTokenFile;
  const read = async (): Promise<SessionToken> => {
    const { token, times, writtenAt } = await readSession(session, clock);
    return { token, ...times, writtenAt };
  };
  const kept: ExclusiveSession<SessionToken> = {
    read,
    replace: async (next, expected) => {
      if ((await read()).token.value !== expected?.token.value) return false;
      await replacePrivateFile(path, next.token.value);
      // Another host may have got the token long ago. If the time cannot be set, the file says that it is new.
      await fs.utimes(path, next.writtenAt / 1000, next.writtenAt / 1000).catch(() => undefined);
      if (dirname(session.keyFile) === dirname(path)) removeOthersPermissions(session.keyFile);
      return true;
    },
    remove: () => removePrivateFile(path),
  };
  return {
    location: path,
    read,
    exclusively: async (exclusive, work) => {
      // Taking the lock would make the folder again of a session that has just been replaced or ended.
      await read();
      const alreadyDone = async () => exclusive.alreadyDone?.(await read());
      return withLock(path, { ...exclusive, alreadyDone, clock }, () => work(kept)).catch(async (error: unknown) => {
        // If its folder is gone, `read` throws the real reason: the config names another folder.
        if (isOracleComputeError(error, 'FILE_UNWRITABLE')) await read();
        throw error;
      });
    },
  };
}

const TRIES = 6;
const PAUSE = 100;

/**
 * Reads a session, from its config on. A login, an import or a termination changes three files one after the other:
 * what reads in between may find halves of two sessions, and reads again. Milliseconds suffice as a rule.
 *
 * @param read reads the config too: it may name other files by now
 * @throws what `read` throws the last time
 */
export async function readAgain<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
  read: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const isHalfWay = isOracleComputeError(error, 'KEY_MISMATCH', 'KEY_FILE_MISSING', 'TOKEN_FILE_MISSING');
      if (!isHalfWay || attempt === TRIES) throw error;
      await clock.sleep(PAUSE, signal);
    }
  }
}
