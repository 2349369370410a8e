import { pipeline } from 'node:stream';
import { OracleComputeError } from '../errors.js';

/** No encoding is asked for, but a service or a proxy may use one anyway. */
const DECODERS = {
  gzip: async () => (await import('node:zlib')).createGunzip(),
  'x-gzip': async () => (await import('node:zlib')).createGunzip(),
  deflate: async () => (await import('node:zlib')).createInflate(),
  br: async () => (await import('node:zlib')).createBrotliDecompress(),
};

/**
 * The decoded body. @throws OracleComputeError ANSWER_UNREADABLE for an unknown encoding, or several; errors of node:zlib
 * for a body that is not in its encoding
 */
export async function* decoded(
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  origin: string,
): AsyncGenerator<Uint8Array, void> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return yield* body;
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  // An answer without a body (to HEAD, 204, 304) may name an encoding, too.
  if (first.done) return;
  if (!Object.hasOwn(DECODERS, name)) {
    await chunks.return?.();
    throw new OracleComputeError(
      'ANSWER_UNREADABLE',
      `${origin} sent an answer in an encoding that it was not asked for`,
      {
        origin,
      },
    );
  }
  const decoder = await DECODERS[name as keyof typeof DECODERS]();
  // Errors come out of the decoder.
  pipeline(allOf(first.value, chunks), decoder, () => undefined);
  yield* decoder;
}

async function* allOf(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    for (let next: IteratorResult<Uint8Array> = { value: first }; !next.done; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Reads a whole body. @throws OracleComputeError ANSWER_TOO_LARGE, as soon as it exceeds the limit */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
  origin: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > limitBytes) {
      throw new OracleComputeError('ANSWER_TOO_LARGE', `${origin} sent more than ${limitBytes} bytes`, {
        origin,
        limitBytes,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}
