import { OracleComputeError } from '../../errors.js';
import { type EncryptionKey, parseKeyLine } from './encrypt.js';

/**
 * The keys in the text of a key file: one a line, the first encrypts, every one opens.
 *
 * @throws OracleComputeError STORE_KEY_FILE_MALFORMED
 */
export function parseKeyFile(text: string, path: string): [EncryptionKey, ...EncryptionKey[]] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => parseKeyLine(line) ?? malformed(path));
  const [first, ...others] = keys;
  return first ? [first, ...others] : malformed(path);
}

function malformed(path: string): never {
  const message = `the key file ${path} has a line that is not a key of 32 bytes in base64url`;
  throw new OracleComputeError('STORE_KEY_FILE_MALFORMED', message, { path });
}
