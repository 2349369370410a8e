import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  checksum,
  ExactNumber,
  escapedJson,
  isObject,
  isPlainText,
  parseJson,
  parseObject,
  plainName,
  plainText,
  shownText,
  writeJson,
} from '../../lib/text.js';

it.each([
  ['C0', '\u001b[31m'],
  ['a line end', 'a\r\nb'],
  ['DEL', '\u007f'],
  ['C1', '\u009b31m'],
  ['marks of direction', '\u202egnp.exe\u202c'],
  ['isolates', '\u2066x\u2069'],
  ['no width', 'a\u200bb'],
  ['Unicode line ends', 'a\u2028b\u2029'],
  ['half of a pair', 'a\ud800b'],
])('%s is not shown', (_, text) => {
  expect(isPlainText(text)).toBe(false);
  for (const shown of [plainText(text), plainName(text)]) {
    expect(isPlainText(shown)).toBe(true);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
});

it('what people write stays as it is', () => {
  for (const text of ['plain', 'Jürgen Müller', '日本語', 'a  b', '😀', 'می\u200cخواهم', '👩\u200d💻']) {
    expect([isPlainText(text), plainText(text), plainName(text)]).toEqual([true, text, text]);
  }
});

it('is cut at its limit, and never within a character', () => {
  expect(plainText('abcdef', 3)).toBe('abc…');
  expect(plainText('abc', 3)).toBe('abc');
  expect(plainText('ab😀', 3)).toBe('ab…');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => isPlainText(plainText(text, most))));
});

// The vectors of FNV-1a's authors.
it.each([
  ['', '811c9dc5'],
  ['a', 'e40c292c'],
  ['foobar', 'bf9cf968'],
])('the checksum of %j is %s', (text, sum) => {
  expect(checksum(text)).toBe(sum);
});

it('JSON from outside is read from a text or its bytes, and undefined if it is malformed', () => {
  expect(parseJson('[1]')).toEqual([1]);
  expect(parseObject(Buffer.from('{"ü":1}'))).toEqual({ ü: 1 });
  for (const other of ['', '{', 'undefined', undefined, null, 7, ['{}'], {}]) expect(parseJson(other)).toBeUndefined();
  for (const other of ['[]', 'null', '7', '"{}"']) expect(parseObject(other)).toBeUndefined();
});

it.each([
  '\u001b',
  '\u0007',
  '\u007f',
  '\u009b',
  '\u061c',
  '\u202e',
  '\u2067',
  '\u2028',
  '\u2029',
  '\ud800',
])('%j is neither printed nor left in JSON', (character) => {
  expect(shownText(`a${character}b`)).toBe('a\ufffdb');
  expect(shownText(`a${character}b`, false)).toBe('a\ufffdb');
  const json = escapedJson(JSON.stringify({ [character]: `a${character}b` }));
  expect(json).toMatch(/^[ -~]+$/);
  expect(JSON.parse(json)).toEqual({ [character]: `a${character}b` });
});

it('what is printed keeps its lines, its tabs and its joiners, and on a terminal loses a carriage return alone', () => {
  const text = 'a\tb\r\nc\n👩\u200d💻 می\u200cخواهم\n';
  expect(shownText(text)).toBe(text);
  expect([shownText('a\rb'), shownText('a\rb', false)]).toEqual(['a\ufffdb', 'a\rb']);
  expect(escapedJson('{\r\n\t"a": "\u{e0041}👩\u200d💻"\r}')).toBe('{\r\n\t"a": "\\udb40\\udc41👩\u200d💻"\r}');
});

it('JSON that is nested too deep is undefined', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(parseJson(nested(200))).toBeDefined();
    for (const depth of [201, 5000, 300_000]) expect(parseJson(nested(depth))).toBeUndefined();
  }
});

it('JSON is written as JSON.stringify writes it, and numbers that it would change as they are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2), (value, indent) => {
      const exact = new ExactNumber('9007199254740993.10');
      const [before, after] = JSON.stringify([value, 1.5], null, indent).split(/1\.5(?=\s*\]$)/);
      expect(writeJson([value, exact], indent)).toBe(`${before}${exact.text}${after}`);
    }),
  );
  expect(() => JSON.stringify(new ExactNumber('1.0'))).toThrow(TypeError);
  expect(isObject(new ExactNumber('1.0'))).toBe(false);
});
