import { OracleComputeError } from '../../errors.js';
import type { FileReader } from '../../files/owner.js';
import { readPasswordFile } from '../../secrets/password-file.js';
import { parseKeyLine, type SealKey } from './seal.js';

/**
 * Reads the keys of a store: one a line, the first seals, every one opens. The file is checked as a password file is.
 *
 * @throws OracleComputeError STORE_KEY_FILE_MALFORMED, and as `readPasswordFile`
 */
export async function readKeyFile(path: string, reader: FileReader): Promise<[SealKey, ...SealKey[]]> {
  const lines = (await readPasswordFile(path, reader)).split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => parseKeyLine(line) ?? malformed(path));
  const [first, ...others] = keys;
  return first ? [first, ...others] : malformed(path);
}

function malformed(path: string): never {
  const message = `the key file ${path} has a line that is not a key of 32 bytes in base64url`;
  throw new OracleComputeError('STORE_KEY_FILE_MALFORMED', message, { path });
}
