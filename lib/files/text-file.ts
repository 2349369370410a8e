import { isUtf8 } from 'node:buffer';
import { OracleComputeError } from '../errors.js';
import { type CheckedFile, type CheckedFileRules, type FileProblem, readCheckedFile } from './checked-file.js';
import type { FileOwner, FileReader } from './owner.js';

/** The text, or what the bytes are instead: words to follow "is". */
export type DecodedText =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly text?: undefined; readonly fault: string };

/**
 * The text of a file that people write: UTF-8, without the byte order mark that some editors add.
 *
 * @param keepMark keeps the byte order mark, for a file that is written back
 */
export function decodeText(bytes: Uint8Array, keepMark = false): DecodedText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { fault: 'UTF-16 text, not UTF-8' };
  }
  if (bytes.includes(0)) return { fault: 'not text: it has NUL bytes' };
  if (!isUtf8(bytes)) return { fault: 'not UTF-8 text' };
  return { text: new TextDecoder('utf-8', { ignoreBOM: keepMark }).decode(bytes) };
}

type TextFile =
  | { readonly problem?: undefined; readonly text: string }
  | { readonly problem: FileProblem; readonly mode?: string; readonly cause?: unknown }
  | { readonly problem: 'not-text'; readonly fault: string };

/** As `readCheckedFile`, for text. */
export async function readTextFile(
  path: string,
  { keepMark, ...rules }: CheckedFileRules & { readonly keepMark?: boolean },
): Promise<TextFile> {
  const file: CheckedFile = await readCheckedFile(path, rules);
  if (file.problem !== undefined) return file;
  const { text, fault } = decodeText(file.bytes, keepMark);
  return fault === undefined ? { text } : { problem: 'not-text', fault };
}

const SETTINGS_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The text of a file that decides where a secret is sent; undefined if the file does not exist.
 *
 * @param malformed makes the error for an unusable file; `what` follows the file's name
 * @throws OracleComputeError FILE_UNSAFE and FILE_FOREIGN_OWNER if another user can write it, and `malformed`
 */
export async function readSettingsFile(
  path: string,
  reader: FileReader,
  malformed: (what: string, cause?: unknown) => OracleComputeError,
): Promise<string | undefined> {
  const rules = { ...reader, protection: 'settings' as const, limitBytes: SETTINGS_LIMIT_BYTES, pipes: true };
  const file = await readTextFile(path, rules);
  const fault = faultOf(path, file);
  if (fault) throw fault;
  switch (file.problem) {
    case undefined:
      return file.text;
    case 'missing':
      return undefined;
    case 'not-text':
      throw malformed(`is ${file.fault}`);
    case 'too-large':
      throw malformed('is too large');
    default:
      throw malformed('cannot be read', file.cause);
  }
}

/** The error for a file that another user can write. For a file that decides whom to trust and is read elsewhere. */
export async function writersFault(path: string, owner: FileOwner): Promise<OracleComputeError | undefined> {
  return faultOf(path, await readCheckedFile(path, { ...owner, protection: 'settings', limitBytes: 0 }));
}

function faultOf(path: string, file: TextFile | CheckedFile): OracleComputeError | undefined {
  if (file.problem === 'foreign-owner') {
    return new OracleComputeError('FILE_FOREIGN_OWNER', `${path} belongs to another user`, { path });
  }
  if (file.problem !== 'unsafe') return undefined;
  const { mode = '' } = file;
  const message = `${path} can be changed by others (mode ${mode})`;
  return new OracleComputeError('FILE_UNSAFE', message, { path, mode, isSetting: true });
}
