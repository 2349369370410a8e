import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson, readItems, readList, readObject } from '../../../lib/compute/resources/list-reader.js';
import type { StreamedAnswer } from '../../../lib/http/client.js';
import { writeJson } from '../../../lib/text.js';

const ORIGIN = 'https://api.example.com';

/** An answer whose body comes in pieces of these sizes, over and over. */
function answer(text: string | Uint8Array, sizes: readonly number[] = [text.length + 1]): StreamedAnswer {
  const bytes = Buffer.from(text);
  async function* body() {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  const headers = { 'content-type': 'application/oracle-compute-v3+json' };
  return {
    status: 200,
    headers,
    body: body(),
    callId: undefined,
    receivedAt: 0,
    serverTime: 0,
    retryAfter: undefined,
    extend: () => undefined,
  };
}

async function all(batches: AsyncIterable<readonly unknown[]>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

describe('a list', () => {
  it('is the same however it is cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), sizes, async (items, pieces) => {
        const expected = JSON.parse(JSON.stringify(items));
        const text = JSON.stringify({ before: [1, { list: 2 }], result: items, after: null });
        expect(await all(readList(answer(text, pieces), ORIGIN))).toEqual(expected);
        expect(await all(readItems(answer(text, pieces), ORIGIN))).toEqual(expected);
      }),
    );
  });

  it('has the key of the manual of the Oracle Cloud Machine as well', async () => {
    expect(await all(readList(answer('{"list": [1, 2]}\n'), ORIGIN))).toEqual([1, 2]);
  });

  it('has no members that would become parts of every object', async () => {
    const [item] = await all(readList(answer('{"result": [{"__proto__": {"polluted": 1}}]}', [3]), ORIGIN));
    expect(Object.keys(item as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    ['', 'ANSWER_UNREADABLE'],
    ['{}', 'ANSWER_UNREADABLE'],
    ['{"result": [1, 2', 'ANSWER_UNREADABLE'],
    ['{"result": [1]}x', 'ANSWER_UNREADABLE'],
    ['{"result": {"a": 1}}', 'ANSWER_UNREADABLE'],
    ['{"x": {"result": [1]}}', 'ANSWER_UNREADABLE'],
    [`{"result": [${'['.repeat(300)}${']'.repeat(300)}]}`, 'ANSWER_UNREADABLE'],
    [`{"result": [${'['.repeat(100_000)}`, 'ANSWER_UNREADABLE'],
    [`{"result": ["${'x'.repeat(17 * 1024 * 1024)}"]}`, 'ANSWER_TOO_LARGE'],
  ])('is not what is not one: %.40s', async (text, code) => {
    await expect(all(readList(answer(text, [65_536]), ORIGIN))).rejects.toMatchObject({ code });
  });

  it('is no text in another encoding', async () => {
    const bytes = Buffer.from('{"result": ["\xff"]}', 'latin1');
    await expect(all(readList(answer(bytes), ORIGIN))).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });
});

describe('any JSON', () => {
  it.each<[string, unknown[]]>([
    ['{"name": "x", "results": [1]}', [{ name: 'x', results: [1] }]],
    ['[{"name": "x"}, 2]', [{ name: 'x' }, 2]],
    ['{"result": []}', []],
    ['{"result": {"a": 1}}', [{ result: { a: 1 } }]],
    ['"text"', ['text']],
    ['', []],
  ])('%s', async (text, items) => {
    expect(await all(readItems(answer(text, [5]), ORIGIN))).toEqual(items);
  });

  it.each(['{"name": ', 'x', '{} {}'])('is not %s', async (text) => {
    await expect(all(readItems(answer(text), ORIGIN))).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });
});

describe('numbers', () => {
  const numbers = [
    '9007199254740993',
    '-9223372036854775808',
    '1.50',
    '1e400',
    '-0',
    '0.1234567890123456789',
    '1E3',
    '7',
  ];

  it('stay as they are written, in lists and in objects', async () => {
    const item = `{"name":"x","all":[${numbers}]}`;
    for (const items of [
      await all(readList(answer(`{"result":[${item}]}`, [7]), ORIGIN)),
      await all(readItems(answer(item, [3]), ORIGIN)),
      [await readObject(answer(item), ORIGIN)],
    ]) {
      expect(writeJson(items[0])).toBe(item);
    }
    for (const number of numbers) expect(writeJson(parseExactJson(number))).toBe(number);
  });

  it('are read with everything else as JSON.parse reads it', () => {
    fc.assert(fc.property(fc.json(), (text) => writeJson(parseExactJson(text)) === JSON.stringify(JSON.parse(text))));
  });
});

describe('a body that is not read to its end', () => {
  const html = { 'content-type': 'text/html' };
  it.each([
    ['a page', '<html>', html],
    ['what is no JSON', 'x', {}],
    ['what is too deep', '['.repeat(300), {}],
    ['what is too large', ' '.repeat(5 * 2 ** 20), {}],
  ])('is given up: %s', async (_, text, headers) => {
    for (const read of [
      readList,
      readItems,
      async function* (...args: Parameters<typeof readObject>) {
        yield [await readObject(...args)];
      },
    ]) {
      let isOver = false;
      async function* body() {
        try {
          yield Buffer.from(text);
          // One object is read whole before it is looked at.
          if (read === readList || read === readItems) await new Promise(() => undefined);
        } finally {
          isOver = true;
        }
      }
      const failed = all(read({ ...answer(''), headers, body: body() }, ORIGIN));
      await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/^ANSWER_(?:UNREADABLE|TOO_LARGE)$/) });
      expect(isOver).toBe(true);
    }
  });
});

it('the time limit begins anew with each item, not with each piece', async () => {
  let extended = 0;
  const extend = () => {
    extended += 1;
  };
  await all(readList({ ...answer(`{"result": [${' '.repeat(500)}1, 2, 3]${' '.repeat(500)}}`, [1]), extend }, ORIGIN));
  expect(extended).toBe(3);
  await readObject({ ...answer('{"name": "x"}', [1]), extend }, ORIGIN);
  expect(extended).toBe(3);
});
