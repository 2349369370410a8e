import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import type { FileReader } from './owner.js';
import { statOf } from './paths.js';
import { whileBusy } from './windows.js';

export type FileProblem = 'missing' | 'unreadable' | 'not-a-file' | 'foreign-owner' | 'unsafe' | 'too-large';

/**
 * The owner and mode that a file must have, if the platform has them.
 *
 * - `private`: this program wrote it. It belongs to the caller, and no one else has any permission. If the caller is
 *   root, it may belong to the owner of its folder (see `chownToParent`).
 * - `secret`: people write it. As `private`; or a mounted secret of the caller or root, which others may read if its
 *   file system is read-only here, because its user cannot change that.
 * - `settings`: it decides where a secret is sent. It belongs to the caller or root, and no one else may write it.
 * - `any`: no check.
 */
type Protection = 'private' | 'secret' | 'settings' | 'any';

export interface CheckedFileRules extends Partial<FileReader> {
  readonly protection: Protection;
  /** A larger file is `too-large`. */
  readonly limitBytes: number;
  /** Accept a pipe too, such as the one that `<(command)` makes. */
  readonly pipes?: boolean;
}

export type CheckedFile =
  | { readonly problem?: undefined; readonly bytes: Buffer }
  | { readonly problem: FileProblem; readonly mode?: string; readonly cause?: unknown };

const READABLE_BY_OTHERS = 0o055;
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a file if it passes the checks of `rules`. The file is opened once, and every check is made on the descriptor,
 * so that the file that is checked is the file that is read. Links are followed; their target is checked.
 *
 * @throws `rules.signal.reason` as soon as that aborts
 */
export async function readCheckedFile(path: string, rules: CheckedFileRules): Promise<CheckedFile> {
  let file: number;
  try {
    // Without O_NONBLOCK, open(2) waits for a pipe's writer, maybe forever.
    file = await whileBusy(() => openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  } catch (cause) {
    const code = systemErrorCode(cause);
    return { problem: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable', cause };
  }
  try {
    const stat = fstatSync(file);
    const isPipe = rules.pipes === true && stat.isFIFO();
    if (!stat.isFile() && !isPipe) return { problem: 'not-a-file' };
    const problem = problemOf(stat, file, path, rules);
    if (problem) return { problem, mode: (stat.mode & 0o777).toString(8).padStart(4, '0') };
    const limit = rules.limitBytes;
    if (stat.size > limit) return { problem: 'too-large' };
    const bytes = isPipe ? await readFromPipe(file, path, rules) : readUpTo(file, limit + 1, stat.size);
    return bytes.length > limit ? { problem: 'too-large' } : { bytes };
  } catch (cause) {
    rules.signal?.throwIfAborted();
    return { problem: 'unreadable', cause };
  } finally {
    closeSync(file);
  }
}

function problemOf(stat: Stats, file: number, path: string, rules: CheckedFileRules): FileProblem | undefined {
  const { protection, uid } = rules;
  if (uid === undefined || protection === 'any') return undefined;
  const isTrusted = stat.uid === uid || stat.uid === 0;
  const belongs =
    stat.uid === uid || (protection === 'private' && uid === 0 && stat.uid === statOf(dirname(path))?.uid);
  if (protection === 'settings') {
    if (!isTrusted) return 'foreign-owner';
    return (stat.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : 'unsafe';
  }
  if (belongs && (stat.mode & OPEN_TO_OTHERS) === 0) return undefined;
  // Stryker disable next-line all: needs a mount that is read-only; test/faults/places has some
  const mayBeMounted = protection === 'secret' && isTrusted && (stat.mode & OPEN_TO_OTHERS & ~READABLE_BY_OTHERS) === 0;
  if (mayBeMounted && isOnReadOnlyMount(file, path)) return undefined;
  return belongs ? 'unsafe' : 'foreign-owner';
}

async function readFromPipe(file: number, path: string, { limitBytes, signal }: CheckedFileRules): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of readPipe(file, path, signal)) {
    chunks.push(chunk);
    total += chunk.length;
    if (total > limitBytes) break;
  }
  return Buffer.concat(chunks, total);
}

/** Reads up to `most` bytes: in one read, if `size` is right. */
function readUpTo(file: number, most: number, size: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total < most) {
    const chunk = Buffer.alloc(Math.min(Math.max(8192, size + 1 - total), most - total));
    const count = readSync(file, chunk, 0, chunk.length, null);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks, total);
}

const MIN_POLL = 5;
const MAX_POLL = 50;
const CHUNK_BYTES = 64 * 1024;

/** A pipe that this process inherited: `<(…)` of a shell, `/dev/stdin`. Any other is a named pipe. */
const INHERITED = /^\/(?:dev|proc\/(?:self|\d+))\/(?:fd\/|std)/;

/** Opens a pipe or device, and reads it as `readPipe` does. */
export async function* readPipeAt(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    yield* readPipe(descriptor, path, signal);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a pipe that was opened with O_NONBLOCK to its end, and first waits for a named pipe's writer. A blocking read
 * would keep the process alive after a signal.
 *
 * @param path the path that was opened
 * @throws `signal.reason` as soon as that aborts, and errors of the system
 */
async function* readPipe(descriptor: number, path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let hasWriter = !fstatSync(descriptor).isFIFO() || INHERITED.test(path);
  for (let poll = MIN_POLL; ; ) {
    signal?.throwIfAborted();
    const bytes = readSome(descriptor);
    if (bytes === 'ended' && hasWriter) return;
    if (typeof bytes !== 'string') {
      yield bytes;
      poll = MIN_POLL;
    } else {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 1.5, MAX_POLL);
    }
    hasWriter ||= bytes !== 'ended';
  }
}

/** `empty`: the pipe has a writer, and no data yet. `ended`: it has no writer. */
function readSome(descriptor: number): Buffer | 'empty' | 'ended' {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    return count === 0 ? 'ended' : chunk.subarray(0, count);
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return 'empty';
    throw error;
  }
}

// Stryker disable all: as above
/**
 * Would writing an open file fail with EROFS? A mount can be read-only although its file system is not, as for secrets
 * in containers; on Linux, mountinfo and fdinfo (proc(5)) show that to every user. access(2) checks the file's
 * permissions first, and so may answer EACCES instead.
 */
function isOnReadOnlyMount(descriptor: number, path: string): boolean {
  try {
    return isMountReadOnly(descriptor) ?? isAccessReadOnly(path);
  } catch {
    return isAccessReadOnly(path);
  }
}

function isMountReadOnly(descriptor: number): boolean | undefined {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  const mount = id === undefined ? undefined : mounts.find((line) => line.startsWith(`${id} `));
  if (mount === undefined) return undefined;
  // Mount id, parent, device, root, mount point, mount options, …, a hyphen, type, source, super block options.
  const [own = '', device = ''] = mount.split(' - ');
  const options = [own.split(' ')[5], device.split(' ')[2]];
  return options.some((list) => list?.split(',').includes('ro'));
}

function isAccessReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'EROFS';
  }
}
