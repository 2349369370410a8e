import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { type FileProblem, readCheckedFile } from '../../files/checked-file.js';
import type { PrivateKey } from './key-pair.js';
import { decodeSecurityToken, type SecurityToken } from './security-token.js';

const LIMIT_BYTES = 65_536;

/**
 * Reads the token of a session from its file, checked for its form and without white space around it.
 *
 * @throws OracleComputeError TOKEN_FILE_MISSING, TOKEN_FILE_CORRUPT, FILE_UNREADABLE
 */
export async function readTokenFile(path: string): Promise<string> {
  return (await readSecurityToken(path)).value;
}

/** As `readTokenFile`, with what the token says. */
export async function readSecurityToken(path: string): Promise<SecurityToken> {
  const file = await readCredential(path, 'TOKEN_FILE_MISSING');
  if (typeof file === 'string') throw tokenFileCorrupt(path, file);
  try {
    return decodeSecurityToken(file.toString('utf8'));
  } catch (error) {
    if (!isOracleComputeError(error, 'TOKEN_MALFORMED')) throw error;
    throw tokenFileCorrupt(path, error.fields.reason);
  }
}

/**
 * Reads a private key from its file, in any form that Oracle's clients read.
 *
 * @throws OracleComputeError KEY_FILE_MISSING, KEY_FILE_MALFORMED, KEY_PASSPHRASE_MISSING, KEY_PASSPHRASE_WRONG,
 *   FILE_UNREADABLE
 */
export async function loadPrivateKey(path: string, passphrase?: string): Promise<PrivateKey> {
  const pem = await readKeyFile(path);
  const { parsePrivateKey } = await import('./key-pair.js');
  return parsePrivateKey(pem, passphrase, path);
}

/** The text of a key file. @throws OracleComputeError KEY_FILE_MISSING, KEY_FILE_MALFORMED, FILE_UNREADABLE */
export async function readKeyFile(path: string): Promise<string> {
  const file = await readCredential(path, 'KEY_FILE_MISSING');
  if (typeof file !== 'string') return file.toString('utf8');
  throw new OracleComputeError('KEY_FILE_MALFORMED', `${path} cannot be used: ${file}`, { path, reason: file });
}

/** The token and the key of a session must belong together. @throws OracleComputeError KEY_MISMATCH */
export function checkKeyFits(token: SecurityToken, key: PrivateKey, path: string): void {
  if (token.keyModulus === undefined || token.keyModulus === key.modulus) return;
  throw new OracleComputeError('KEY_MISMATCH', `the key in ${path} is not the key of the session token`, { path });
}

/** The bytes, or what is wrong with the file's form in words. */
async function readCredential(
  path: string,
  missing: 'TOKEN_FILE_MISSING' | 'KEY_FILE_MISSING',
): Promise<Buffer | string> {
  // Oracle's clients only warn where others may read these files, so modes are not judged here.
  const file = await readCheckedFile(path, { limitBytes: LIMIT_BYTES, uid: undefined });
  if (file.problem === undefined) return file.bytes;
  const reasons: Partial<Record<FileProblem, string>> = {
    'too-large': 'it is too long',
    'not-a-file': 'it is no file',
  };
  const reason = reasons[file.problem];
  if (reason !== undefined) return reason;
  if (file.problem === 'missing') throw new OracleComputeError(missing, `${path} does not exist`, { path });
  throw new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read`, { path }, { cause: file.cause });
}

function tokenFileCorrupt(path: string, reason: string): OracleComputeError {
  return new OracleComputeError('TOKEN_FILE_CORRUPT', `${path} is not a session token: ${reason}`, { path, reason });
}
