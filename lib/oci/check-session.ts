import { OracleComputeError } from '../errors.js';
import type { SessionProfile } from './config/session-profile.js';
import { checkKeyFits, readKeyFile } from './credentials/credential-files.js';
import type { SecurityToken } from './credentials/security-token.js';

/**
 * Token, key and fingerprint of a session must belong together: a client that signs with one session's key and another
 * session's name is refused. A key that only its owner's passphrase opens cannot be looked at.
 *
 * @throws OracleComputeError KEY_MISMATCH, KEY_PASSPHRASE_WRONG, and what reading the key throws
 */
export async function checkSession(session: SessionProfile, token: SecurityToken): Promise<void> {
  const { keyFile, passphrase, fingerprint, name } = session;
  const text = await readKeyFile(keyFile);
  const { fingerprintOfModulus, isEncryptedKey, parsePrivateKey } = await import('./credentials/key-pair.js');
  const isClosed = isEncryptedKey(text) && passphrase === undefined;
  const key = isClosed ? undefined : parsePrivateKey(text, passphrase, keyFile);
  if (key) checkKeyFits(token, key, keyFile);
  const known = key?.fingerprint ?? (token.keyModulus && fingerprintOfModulus(token.keyModulus));
  if (fingerprint === undefined || known === undefined || known === fingerprint.toLowerCase()) return;
  const message = `the fingerprint in the profile [${name}] is not that of the key in ${keyFile}`;
  throw new OracleComputeError('KEY_MISMATCH', message, { path: keyFile });
}
