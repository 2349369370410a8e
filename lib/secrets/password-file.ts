import { OracleComputeError } from '../errors.js';
import { readCheckedFile } from '../files/checked-file.js';
import type { FileReader } from '../files/owner.js';
import { looksLikePath, statOf } from '../files/paths.js';
import { decodeText } from '../files/text-file.js';

const LIMIT_BYTES = 64 * 1024;

const PROBLEMS = {
  missing: ['PASSWORD_FILE_MISSING', 'does not exist'],
  unreadable: ['PASSWORD_FILE_UNREADABLE', 'cannot be read'],
  'not-a-file': ['PASSWORD_FILE_NOT_A_FILE', 'is not a file'],
  'foreign-owner': ['PASSWORD_FILE_FOREIGN_OWNER', 'belongs to another user'],
  unsafe: ['PASSWORD_FILE_UNSAFE', 'can be read by others'],
} as const;

/**
 * Reads a password from a file that only its owner may read (Oracle Compute Cloud Service CLI, chapter
 * Authentication). One line break at the end is removed.
 *
 * @throws OracleComputeError PASSWORD_FILE_MISSING, PASSWORD_FILE_UNREADABLE, PASSWORD_FILE_NOT_A_FILE,
 *   PASSWORD_FILE_FOREIGN_OWNER, PASSWORD_FILE_UNSAFE, PASSWORD_FILE_TOO_LARGE, PASSWORD_EMPTY, PASSWORD_MALFORMED
 */
export async function readPasswordFile(path: string, reader: FileReader): Promise<string> {
  const rules = { protection: 'secret', limitBytes: LIMIT_BYTES, pipes: true } as const;
  const file = await readCheckedFile(path, { ...reader, ...rules });
  if (file.problem === undefined) return passwordFromBytes(file.bytes, path);
  secretFilePath(path);
  if (file.problem === 'too-large') {
    const message = `the password file ${path} is larger than 64 KiB`;
    throw new OracleComputeError('PASSWORD_FILE_TOO_LARGE', message, { path, limitBytes: LIMIT_BYTES });
  }
  const [code, what] = PROBLEMS[file.problem];
  const mode = file.problem === 'unsafe' ? ` (mode ${file.mode})` : '';
  const message = `the password file ${path} ${what}${mode}`;
  throw new OracleComputeError(code, message, { path }, { cause: file.cause });
}

/**
 * The path of a file with a secret. If the user has given the secret itself, no message may repeat it: so the path must
 * look like one, or exist.
 *
 * @throws OracleComputeError PASSWORD_FILE_MISSING
 */
export function secretFilePath(given: string, path = given): string {
  if (looksLikePath(given) || statOf(path)) return path;
  const message = 'the password file does not exist';
  throw new OracleComputeError('PASSWORD_FILE_MISSING', message, { path: undefined });
}

/**
 * Decodes a password, without one line break at its end.
 *
 * @param from its origin, for messages
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

/** Removes the one line break at the end of a file, and of a variable that was set from a file. */
export function withoutLineBreak(text = ''): string {
  return text.replace(/\r?\n$/, '');
}
