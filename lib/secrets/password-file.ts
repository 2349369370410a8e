import { OracleComputeError } from '../errors.js';
import { readCheckedFile } from '../files/checked-file.js';
import type { FileReader } from '../files/owner.js';
import { statOf } from '../files/paths.js';
import { decodeText } from '../files/text-file.js';

const LIMIT_BYTES = 64 * 1024;

/**
 * Reads a password from a file that only its owner may read (Oracle Compute Cloud Service CLI, chapter
 * Authentication). One line break at the end is cut.
 *
 * @throws OracleComputeError PASSWORD_FILE_MISSING, PASSWORD_FILE_UNREADABLE, PASSWORD_FILE_NOT_A_FILE,
 *   PASSWORD_FILE_FOREIGN_OWNER, PASSWORD_FILE_UNSAFE, PASSWORD_FILE_TOO_LARGE, PASSWORD_EMPTY, PASSWORD_MALFORMED
 */
export async function readPasswordFile(path: string, reader: FileReader): Promise<string> {
  const file = await readCheckedFile(path, {
    ...reader,
    protection: 'secret',
    limitBytes: LIMIT_BYTES,
    pipes: true,
  });
  if (file.problem !== undefined) secretFilePath(path);
  const failure = <
    C extends
      | 'PASSWORD_FILE_MISSING'
      | 'PASSWORD_FILE_UNREADABLE'
      | 'PASSWORD_FILE_NOT_A_FILE'
      | 'PASSWORD_FILE_FOREIGN_OWNER'
      | 'PASSWORD_FILE_UNSAFE',
  >(
    code: C,
    what: string,
  ) =>
    new OracleComputeError(
      code,
      `the password file ${path} ${what}`,
      { path },
      { cause: 'cause' in file ? file.cause : undefined },
    );
  switch (file.problem) {
    case undefined:
      return passwordFromBytes(file.bytes, path);
    case 'missing':
      throw failure('PASSWORD_FILE_MISSING', 'does not exist');
    case 'not-a-file':
      throw failure('PASSWORD_FILE_NOT_A_FILE', 'is not a file');
    case 'foreign-owner':
      throw failure('PASSWORD_FILE_FOREIGN_OWNER', 'belongs to another user');
    case 'unsafe':
      throw failure('PASSWORD_FILE_UNSAFE', `can be read by others (mode ${file.mode})`);
    case 'too-large':
      throw new OracleComputeError('PASSWORD_FILE_TOO_LARGE', `the password file ${path} is larger than 64 KiB`, {
        path,
        limitBytes: LIMIT_BYTES,
      });
    default:
      throw failure('PASSWORD_FILE_UNREADABLE', 'cannot be read');
  }
}

/**
 * The path of a file with a secret. Whoever gives the secret itself shall not find it in a log: what is shown looks like
 * a path, or is there.
 *
 * @throws OracleComputeError PASSWORD_FILE_MISSING
 */
export function secretFilePath(given: string, path = given): string {
  if (/^(?:\.{0,2}\/|~\/|[a-z]:[\\/])/i.test(given) || statOf(path)) return path;
  const message = 'the password file whose name is given does not exist';
  throw new OracleComputeError('PASSWORD_FILE_MISSING', message, { path: undefined });
}

/**
 * The password in what was read: without one trailing line break.
 *
 * @param from where it was read, for messages
 * @throws OracleComputeError PASSWORD_EMPTY, PASSWORD_MALFORMED (UTF-16, NUL bytes, no UTF-8)
 */
export function passwordFromBytes(bytes: Uint8Array, from: string): string {
  const { text, fault } = decodeText(bytes);
  if (fault !== undefined) {
    throw new OracleComputeError('PASSWORD_MALFORMED', `the password from ${from} is ${fault}`, { from });
  }
  const password = withoutLineBreak(text);
  if (password === '') throw new OracleComputeError('PASSWORD_EMPTY', `the password from ${from} is empty`, { from });
  return password;
}

/** Without the one line break that a file ends with, and a variable that was made of one. */
export function withoutLineBreak(text = ''): string {
  return text.replace(/\r?\n$/, '');
}
