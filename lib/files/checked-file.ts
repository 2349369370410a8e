import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import type { FileReader } from './owner.js';
import { statOf } from './paths.js';

export type FileProblem = 'missing' | 'unreadable' | 'not-a-file' | 'foreign-owner' | 'unsafe' | 'too-large';

/**
 * What is asked of a file's owner and mode, where the platform has them.
 *
 * - `ours`: written by us; it belongs to the caller, and nobody else has any right to it. For root, who writes for the
 *   owner of a folder (see `chownToParent`), it may belong to that one.
 * - `secret`: written by people; the same, or a mounted secret: the caller's or root's, on a file system that is
 *   read-only here, may be readable by others, because its user can do nothing about that.
 * - `settings`: decides where a secret goes; the caller's or root's, and nobody else may write it.
 * - `any`: nothing is asked.
 */
export type Protection = 'ours' | 'secret' | 'settings' | 'any';

export interface CheckedFileRules extends Partial<FileReader> {
  readonly protection: Protection;
  /** More bytes than this are not read. */
  readonly limitBytes: number;
  /** Accept a pipe too, as `<(command)` makes one. */
  readonly pipes?: boolean;
}

export type CheckedFile =
  | { readonly problem?: undefined; readonly bytes: Buffer }
  | { readonly problem: FileProblem; readonly mode?: string; readonly cause?: unknown };

const READABLE_BY_OTHERS = 0o055;
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a file that is what `rules` ask for. It is opened once, without following the path a second time, and every
 * check is made on the open descriptor. Links may be followed, because what they lead to is what is checked.
 *
 * @throws `rules.signal.reason` as soon as that aborts
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
  const belongs = stat.uid === uid || (protection === 'ours' && uid === 0 && stat.uid === statOf(dirname(path))?.uid);
  if (protection === 'settings') {
    if (!isTrusted) return 'foreign-owner';
    return (stat.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : 'unsafe';
  }
  if (belongs && (stat.mode & OPEN_TO_OTHERS) === 0) return undefined;
  const mayBeMounted = protection === 'secret' && isTrusted && (stat.mode & OPEN_TO_OTHERS & ~READABLE_BY_OTHERS) === 0;
  if (mayBeMounted && isOnReadOnlyMount(file, path)) return undefined;
  return belongs ? 'unsafe' : 'foreign-owner';
}

/**
 * Would writing an open file fail because its file system is read-only here (EROFS)? A mount can be read-only though its
 * file system is not, which is how secrets get into containers; only Linux's own lists tell that to everybody
 * (proc(5): mountinfo, fdinfo). access(2) says the rights of the file first.
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
  // Number, parent, device, root, place, options of the mount, more, a lone hyphen, type, source, options of its device.
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

/** In one piece, if the file is as large as it says. */
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

const SHORTEST_POLL = 5;
const LONGEST_POLL = 50;
const CHUNK_BYTES = 64 * 1024;

/** A pipe that some process has already opened for us: `<(…)` of a shell, `/dev/stdin`. Any other has a name of its own. */
const HANDED_OVER = /^\/(?:dev|proc\/(?:self|\d+))\/(?:fd\/|std)/;

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
 * The bytes of a pipe that was opened without blocking, to its end, however slowly they come. A named pipe that nobody
 * has opened for writing yet is waited for. Reading that blocks would keep the process alive after a signal.
 *
 * @param path the name that it was opened by
 * @throws `signal.reason` as soon as that aborts, and what the system says
 */
export async function* readPipe(descriptor: number, path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let hasWriter = !fstatSync(descriptor).isFIFO() || HANDED_OVER.test(path);
  for (let poll = SHORTEST_POLL; ; ) {
    signal?.throwIfAborted();
    const bytes = readSome(descriptor);
    if (bytes === 'ended' && hasWriter) return;
    if (typeof bytes !== 'string') {
      yield bytes;
      poll = SHORTEST_POLL;
    } else {
      await new Promise((resolve) => setTimeout(resolve, poll));
      poll = Math.min(poll * 1.5, LONGEST_POLL);
    }
    hasWriter ||= bytes !== 'ended';
  }
}

/** `empty`: somebody holds its other end and has written nothing yet. `ended`: nobody does. */
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
