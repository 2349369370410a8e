import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainText, plainName, plainText } from '../../lib/text.js';

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
  for (const text of ['plain', 'Jürgen Müller', '日本語', 'a  b', '😀']) {
    expect([isPlainText(text), plainText(text), plainName(text)]).toEqual([true, text, text]);
  }
});

it('is cut at its limit, and never within a character', () => {
  expect(plainText('abcdef', 3)).toBe('abc…');
  expect(plainText('abc', 3)).toBe('abc');
  expect(plainText('ab😀', 3)).toBe('ab…');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => isPlainText(plainText(text, most))));
});
