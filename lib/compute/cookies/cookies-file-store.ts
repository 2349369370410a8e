import { join } from 'node:path';
import type { Clock } from '../../clock.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import type { FileOwner } from '../../files/owner.js';
import {
  listFolder,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
  targetOf,
  temporariesIn,
} from '../../files/private-file.js';
import type { ExclusiveSession } from '../../session/store.js';
import { checksum } from '../../text.js';
import type { ComputeStore, StoredSession } from '../stored-session.js';
import { COOKIES_FILE_LIMIT_BYTES, decodeCookiesFile, earlierTokens, encodeCookiesFile } from './cookies-file.js';

interface CookiesFileOptions {
  readonly owner: FileOwner;
  readonly clock: Clock;
  /** Whose session the file must hold, as far as that is known. */
  readonly expected?: { readonly endpoint?: string; readonly user?: string };
}

/** A session in a cookies file. Changed only under a lock, after reading it again; replaced whole. */
export function cookiesFileStore(path: string, options: CookiesFileOptions): ComputeStore {
  const read = () => readCookiesFile(path, options);
  const kept: ExclusiveSession<StoredSession> = {
    read,
    replace: async (next, expected) => {
      const current = await read();
      if (current?.token !== expected?.token) return false;
      await replacePrivateFile(path, await encodeCookiesFile({ ...next, ...(await earlierTokens(current, next)) }));
      return true;
    },
    remove: () => removePrivateFile(path),
  };
  return {
    location: path,
    read,
    assertUsable: async () => {
      await read();
      const { assertLockable } = await import('../../files/lock.js');
      await assertLockable(path).catch(nameOtherWays);
    },
    exclusively: async (exclusive, work) => {
      const { withLock } = await import('../../files/lock.js');
      const alreadyDone = async () => exclusive.alreadyDone?.(await read());
      return withLock(path, { ...exclusive, alreadyDone, clock: options.clock }, () => work(kept)).catch(nameOtherWays);
    },
  };
}

/** Marks the error, so that its hint can name commands that store no session. */
function nameOtherWays(error: unknown): never {
  if (!isOracleComputeError(error, 'FILE_UNWRITABLE')) throw error;
  const { message, cause, fields } = error;
  throw new OracleComputeError('FILE_UNWRITABLE', message, { ...fields, isCookiesFile: true }, { cause });
}

/**
 * Reads a cookies file; undefined if the file does not exist.
 *
 * @throws OracleComputeError COOKIES_FILE_TOO_LARGE, COOKIES_FILE_CORRUPT, COOKIES_FILE_FOREIGN (also if it holds the
 *   session of another user or endpoint than expected), COOKIES_FILE_NEWER, FILE_UNSAFE, FILE_FOREIGN_OWNER,
 *   FILE_UNREADABLE
 */
async function readCookiesFile(path: string, options: CookiesFileOptions): Promise<StoredSession | undefined> {
  const bytes = await readPrivateFile(path, options.owner, COOKIES_FILE_LIMIT_BYTES, () => tooLarge(path));
  if (bytes === undefined) return undefined;
  const session = decodeCookiesFile(bytes, path);
  const { endpoint, user } = options.expected ?? {};
  if ((endpoint ?? session.endpoint) !== session.endpoint || (user ?? session.user) !== session.user) {
    throw new OracleComputeError(
      'COOKIES_FILE_FOREIGN',
      `the cookies file ${path} holds the session of ${session.user} at ${session.endpoint}`,
      { path },
    );
  }
  return session;
}

function tooLarge(path: string): OracleComputeError {
  return new OracleComputeError('COOKIES_FILE_TOO_LARGE', `the cookies file ${path} is larger than 64 KiB`, {
    path,
    limitBytes: COOKIES_FILE_LIMIT_BYTES,
  });
}

/** The folder of the cookies files that were not put elsewhere. */
export function cookiesFolder(home: string): string {
  return join(home, '.opc', 'cookies');
}

/**
 * The default cookies file of a user at an endpoint: readable, and with a checksum that keeps apart what the readable
 * part cannot (capitals on some file systems, ports, long names). The file itself says whose it is; a collision would
 * be refused, not mixed up.
 */
export function defaultCookiesFile(home: string, endpoint: string, user: string): string {
  const { host } = new URL(endpoint);
  const readable = readableName(`${user.slice(1)}@${host}`);
  return join(cookiesFolder(home), `${readable}.${checksum(`${endpoint} ${user}`)}.json`);
}

function readableName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.@_-]+/g, '_')
    .slice(0, 160);
}

/** As `listCookiesFiles`, with those of which only what a killed process left is there. */
export async function listStoredFiles(home: string): Promise<string[]> {
  const left = temporariesIn(cookiesFolder(home)).map(targetOf);
  return [...new Set([...(await listCookiesFiles(home)), ...left.filter((path) => path.endsWith('.json'))])];
}

/**
 * The paths of all default cookies files, in the order of their names. Anything else in the folder is passed over.
 *
 * @param user whose files to list, at any endpoint; everybody's if not given
 */
export async function listCookiesFiles(home: string, user?: string): Promise<string[]> {
  const folder = cookiesFolder(home);
  const prefix = user === undefined ? '' : readableName(user.slice(1));
  return listFolder(folder)
    .filter((name) => name.endsWith('.json') && name.startsWith(prefix))
    .sort()
    .map((name) => join(folder, name));
}
