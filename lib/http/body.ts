import { pipeline } from 'node:stream';
import { OracleComputeError } from '../errors.js';

/** What a body is encoded by. We ask for no encoding; a service, or a proxy in between, may encode all the same. */
const DECODERS = {
  gzip: async () => (await import('node:zlib')).createGunzip(),
  'x-gzip': async () => (await import('node:zlib')).createGunzip(),
  deflate: async () => (await import('node:zlib')).createInflate(),
  br: async () => (await import('node:zlib')).createBrotliDecompress(),
};

/**
 * A body as it was before it was encoded. What does not fit its encoding ends in the errors of node:zlib.
 *
 * @throws OracleComputeError ANSWER_UNREADABLE for an encoding that is not known, or more than one
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
  // Nothing is nothing in every encoding: an answer to HEAD, 204 and 304 say which one they would have had.
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
  // Whatever ends it comes out of the decoder.
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

/** @throws OracleComputeError ANSWER_TOO_LARGE, as soon as there is more of it than that */
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
