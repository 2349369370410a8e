import { constants, promises as fs } from 'node:fs';
import { OracleComputeError, systemErrorCode } from '../../errors.js';
import { readPipeAt } from '../../files/checked-file.js';
import type { RequestBody } from './authenticated-request.js';

/** A body up to this size is held in memory, so that it can be sent again, from any source. Bytes. */
const HELD_BYTES = 1024 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Editors of Windows put a byte order mark before a text, which the service refuses with 415. */
function withoutMark(bytes: Buffer): Buffer {
  const start = bytes.subarray(0, BYTE_ORDER_MARK.length);
  return start.equals(BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await fs.open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(BYTE_ORDER_MARK.length), 0, BYTE_ORDER_MARK.length, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

/**
 * A file as the body of a request: a small one is held in memory, a large one is read as it is sent, and a pipe as far as
 * it is needed.
 *
 * @throws OracleComputeError FILE_UNREADABLE
 */
export async function fileBody(path: string, signal?: AbortSignal): Promise<RequestBody> {
  const unreadable = (cause: unknown) =>
    systemErrorCode(cause) === 'ENOENT'
      ? new OracleComputeError('FILE_UNREADABLE', `${path} does not exist`, { path, isMissing: true }, { cause })
      : new OracleComputeError('FILE_UNREADABLE', `${path} cannot be read`, { path }, { cause });
  try {
    await fs.access(path, constants.R_OK);
    const stat = await fs.stat(path);
    if (stat.isDirectory()) throw unreadable(undefined);
    if (!stat.isFile()) return await streamBody(readPipeAt(path, signal));
    if (stat.size <= HELD_BYTES) return { bytes: withoutMark(await fs.readFile(path)) };
    const start = BYTE_ORDER_MARK.length - withoutMark(await firstBytes(path)).length;
    // If the file grows in between, sends only the announced length.
    const range = { start, end: stat.size - 1 };
    return { open: () => readStream(path, unreadable, range), length: stat.size - start, repeatable: true };
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof OracleComputeError ? cause : unreadable(cause);
  }
}

async function* readStream(
  path: string,
  unreadable: (cause: unknown) => OracleComputeError,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  try {
    for await (const chunk of createReadStream(path, range)) yield chunk as Uint8Array;
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** A stream as the body of a request: a small one is held in memory. A large one is sent as it arrives, once. */
export async function streamBody(source: AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  for (let total = 0; total <= HELD_BYTES; ) {
    const { done, value } = await iterator.next();
    if (done) return { bytes: withoutMark(Buffer.concat(held, total)) };
    held.push(value);
    total += value.length;
  }
  return { open: () => heldThenRest([withoutMark(Buffer.concat(held))], iterator), repeatable: false };
}

async function* heldThenRest(held: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held.splice(0);
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
