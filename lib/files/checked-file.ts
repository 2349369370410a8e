import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from '../errors.js';

export type FileProblem = 'missing' | 'unreadable' | 'not-a-file' | 'foreign-owner' | 'unsafe' | 'too-large';

export interface CheckedFileRules {
  /** More bytes than this are not read. */
  readonly limitBytes: number;
  /** The user id that must own the file; undefined where the platform has none (Windows). */
  readonly uid: number | undefined;
  /** Accept a pipe too, as `<(command)` makes one. */
  readonly pipes?: boolean;
}

export type CheckedFile =
  | { readonly problem?: undefined; readonly bytes: Buffer }
  | { readonly problem: FileProblem; readonly mode?: string; readonly cause?: unknown };

/** A pipe whose writer is just about to open it reads as empty; this long we wait for it. Milliseconds. */
const WRITER_GRACE = 1000;
const PIPE_DEADLINE = 120_000;
const PIPE_POLL = 10;
const CHUNK_BYTES = 8192;

/**
 * Reads a file that must belong to its reader alone. It is opened once, without following the path a second time, and
 * every check is made on the open descriptor: a regular file (or a pipe), owned by `uid`, no permission bits for group
 * and others, not larger than the limit. Links may be followed, because what they lead to is what is checked.
 */
export async function readCheckedFile(path: string, rules: CheckedFileRules): Promise<CheckedFile> {
  let file: number;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const code = systemErrorCode(cause);
    return { problem: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable', cause };
  }
  try {
    const stat = fstatSync(file);
    const isPipe = rules.pipes === true && stat.isFIFO();
    if (!stat.isFile() && !isPipe) return { problem: 'not-a-file' };
    if (rules.uid !== undefined) {
      if (stat.uid !== rules.uid) return { problem: 'foreign-owner' };
      if ((stat.mode & 0o077) !== 0)
        return { problem: 'unsafe', mode: (stat.mode & 0o777).toString(8).padStart(4, '0') };
    }
    if (stat.size > rules.limitBytes) return { problem: 'too-large' };
    const bytes = await readUpTo(file, rules.limitBytes + 1, isPipe, stat.size);
    return bytes.length > rules.limitBytes ? { problem: 'too-large' } : { bytes };
  } catch (cause) {
    return { problem: 'unreadable', cause };
  } finally {
    closeSync(file);
  }
}

async function readUpTo(file: number, most: number, isPipe: boolean, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  let started: number | undefined;
  while (total < most) {
    // One piece, if the file is as large as it says.
    const chunk = Buffer.alloc(Math.min(Math.max(CHUNK_BYTES, size + 1 - total), most - total));
    const bytesRead = readSome(file, chunk);
    if (bytesRead > 0) {
      chunks.push(chunk.subarray(0, bytesRead));
      total += bytesRead;
      continue;
    }
    if (!isPipe) break;
    started ??= performance.now();
    const waited = performance.now() - started;
    const atEnd = bytesRead === 0 && (total > 0 || waited > WRITER_GRACE);
    if (atEnd || waited > PIPE_DEADLINE) break;
    await new Promise((resolve) => setTimeout(resolve, PIPE_POLL));
  }
  return Buffer.concat(chunks, total);
}

/** The number of bytes read, 0 at the end, -1 where a pipe has nothing yet. */
function readSome(file: number, chunk: Buffer): number {
  try {
    return readSync(file, chunk, 0, chunk.length, null);
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return -1;
    throw error;
  }
}
