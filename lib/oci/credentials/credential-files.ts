import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { unreadable } from '../../files/paths.js';
import { type DecodedText, readTextFile } from '../../files/text-file.js';
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
  const { text, fault } = await readCredential(path, 'TOKEN_FILE_MISSING');
  if (fault !== undefined) throw tokenFileCorrupt(path, fault);
  try {
    return decodeSecurityToken(text);
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

/** Runs `action`; if the key needs a passphrase and `ask` can give it, runs it again with that. */
export async function withPassphrase<T>(
  stored: string | undefined,
  ask: ((keyFile: string) => Promise<string>) | undefined,
  action: (passphrase: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await action(stored);
  } catch (error) {
    if (!isOracleComputeError(error, 'KEY_PASSPHRASE_MISSING') || !ask) throw error;
    return action(await ask(error.fields.path));
  }
}

/** The text of a key file. @throws OracleComputeError KEY_FILE_MISSING, KEY_FILE_MALFORMED, FILE_UNREADABLE */
export async function readKeyFile(path: string): Promise<string> {
  const { text, fault } = await readCredential(path, 'KEY_FILE_MISSING');
  if (fault === undefined) return text;
  throw new OracleComputeError('KEY_FILE_MALFORMED', `${path} cannot be used: ${fault}`, { path, reason: fault });
}

/** The token and the key of a session must belong together. @throws OracleComputeError KEY_MISMATCH */
export function checkKeyFits(token: SecurityToken, key: PrivateKey, path: string): void {
  if (token.keyModulus === undefined || token.keyModulus === key.modulus) return;
  throw new OracleComputeError('KEY_MISMATCH', `the key in ${path} is not the key of the session token`, { path });
}

/** The text, or what is wrong with the file's form in words. */
async function readCredential(path: string, missing: 'TOKEN_FILE_MISSING' | 'KEY_FILE_MISSING'): Promise<DecodedText> {
  // Oracle's clients only warn if others may read these files, so modes are not checked here.
  const file = await readTextFile(path, { protection: 'any', limitBytes: LIMIT_BYTES });
  switch (file.problem) {
    case undefined:
      return { text: file.text };
    case 'not-text':
      return { fault: `it is ${file.fault}` };
    case 'too-large':
      return { fault: 'it is too long' };
    case 'not-a-file':
      return { fault: 'it is no file' };
    case 'missing':
      throw new OracleComputeError(missing, `${path} does not exist`, { path });
    default:
      throw unreadable(path, file.cause);
  }
}

function tokenFileCorrupt(path: string, reason: string): OracleComputeError {
  return new OracleComputeError('TOKEN_FILE_CORRUPT', `${path} is not a session token: ${reason}`, { path, reason });
}
