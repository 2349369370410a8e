import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { RequestBody } from '../../../lib/compute/client/authenticated-request.js';
import { fileBody, streamBody } from '../../../lib/compute/client/request-body.js';
import { temporaryHome, writeFileWithMode } from '../../support/temporary-home.js';

const LARGE = `{"x":"${'y'.repeat(1024 * 1024)}"}`;

async function textOf(body: RequestBody): Promise<string> {
  if ('bytes' in body) return Buffer.from(body.bytes).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (body.repeatable) expect(body.length).toBe(bytes.length);
  return bytes.toString('utf8');
}

it.each([
  ['a small one', '{"x":1}'],
  ['a large one', LARGE],
  ['an empty one', ''],
])('a body loses the byte order mark before it, and no other: %s', async (_, text) => {
  const given = `\ufeff${text}\ufeff`;
  const path = writeFileWithMode(join(temporaryHome(), 'body.json'), given);
  expect(await textOf(await fileBody(path))).toBe(`${text}\ufeff`);
  const stream = Readable.from([Buffer.from(given).subarray(0, 1), Buffer.from(given).subarray(1)]);
  expect(await textOf(await streamBody(stream))).toBe(`${text}\ufeff`);
});

it.each(['{"x":1}', LARGE, 'é'])('a body without a mark stays as it is', async (text) => {
  const path = writeFileWithMode(join(temporaryHome(), 'body.json'), text);
  expect(await textOf(await fileBody(path))).toBe(text);
  expect(await textOf(await streamBody(Readable.from([Buffer.from(text)])))).toBe(text);
});
