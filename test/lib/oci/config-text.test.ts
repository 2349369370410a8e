import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../../lib/errors.js';
import { checkConfigText, findSection, listSections, readEntries } from '../../../lib/oci/config/config-text.js';

const PIECES = [
  '[a]',
  '[ a ]',
  '[b]',
  '[ab]',
  '[a;b]',
  '[',
  ']',
  'a',
  'b=a',
  ' ',
  '\t',
  '# a',
  ';',
  '\uFEFF',
  '\u2028',
];

it('finds the section that the list of all sections has, wherever its name stands besides', () => {
  const text = array(constantFrom(...PIECES, '\n', '\n', '\r\n', '\r')).map((pieces) => pieces.join(''));
  assert(
    property(text, constantFrom('a', 'b', 'ab', 'a;b', ''), (text, name) => {
      const config = { path: 'config', text };
      const [listed, second] = listSections(config).filter((section) => section.name === name);
      const found = () => findSection(config, name);
      if (second)
        expect(found).toThrow(expect.toSatisfy((error) => isOracleComputeError(error, 'CONFIG_FILE_CORRUPT')));
      else expect(found()).toEqual(listed);
    }),
    { numRuns: 3000 },
  );
});

const config = (text: string) => ({ path: '/home/u/.oci/config', text });

/** The entries of the section A, as they are read. */
function entriesOf(text: string) {
  const section = findSection(config(text), 'A');
  if (!section) throw new RangeError('no section');
  return readEntries(config(text), section);
}

const pairsOf = (text: string) => entriesOf(text).map(({ key, value }) => [key, value]);

describe('the sections of a text', () => {
  it('are the lines with a name in brackets; blanks around the brackets do not count, those inside do', () => {
    const text = '\uFEFF[A]\r\nx=1\n \t[ B c ] \t# remark\n[D];x\n[E] x\n[]\nx=[F]\n[G]\r\n';
    expect(listSections(config(text)).map(({ name }) => name)).toEqual(['A', ' B c ', 'D', 'G']);
    expect(listSections(config(''))).toEqual([]);
  });

  it('go from their header to the next, or to the end', () => {
    const text = 'x\n[A]\nb=1\n [B] \nc=2';
    const [a, b] = listSections(config(text));
    expect(a).toEqual({ name: 'A', start: 2, bodyStart: 6, end: 10 });
    expect(b).toEqual({ name: 'B', start: 10, bodyStart: 16, end: text.length });
    expect(findSection(config(text), 'A')).toEqual(a);
    expect(findSection(config(text), 'B')).toEqual(b);
    expect(listSections(config('[A]'))).toEqual([{ name: 'A', start: 0, bodyStart: 3, end: 3 }]);
    expect(findSection(config('[A]'), 'A')).toEqual({ name: 'A', start: 0, bodyStart: 3, end: 3 });
    expect(findSection(config('# A\nA=1\n[AA]\n'), 'A')).toBeUndefined();
  });

  it('are refused where one stands there twice, with its line', () => {
    expect(() => findSection(config('[A]\nx=1\n\n[A]\n'), 'A')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_FILE_CORRUPT',
        message: '/home/u/.oci/config, line 4: duplicate section [A]',
        fields: { path: '/home/u/.oci/config', line: 4, reason: 'duplicate section [A]' },
      }),
    );
  });
});

describe('the entries of a section', () => {
  it.each([
    [
      '[A]\nx=1\ny: 2\n',
      [
        ['x', '1'],
        ['y', '2'],
      ],
    ],
    ['[A]\n  KEY_File\t =  a b \t\r\n', [['key_file', 'a b']]],
    ['[A]\nx=a=b:c\n', [['x', 'a=b:c']]],
    ['[A]\nx:a=b\n', [['x', 'a=b']]],
    ['[A]\nx=\n', [['x', '']]],
    ['[A]\n# x=1\n ; y=2\n\n \t\nz=3', [['z', '3']]],
    ['[A]\nx=1 # no remark\n', [['x', '1 # no remark']]],
    ['[A]\nx=1\n  two \n\tthree\n', [['x', '1\ntwo\nthree']]],
    ['[A]\nx=1\n # a remark\n two\n', [['x', '1\ntwo']]],
    [
      '[A]\nx=1\n two=3\n',
      [
        ['x', '1'],
        ['two', '3'],
      ],
    ],
    ['[A]\n\uFEFFx=1\n', [['x', '1']]],
    ['[A]\nx=1\r', [['x', '1']]],
    ['[A]\n', []],
    ['[A]', []],
  ])('of %j', (text, pairs) => {
    expect(pairsOf(text)).toEqual(pairs);
  });

  it('say where they stand', () => {
    const text = '[A]\n x = one \n two  \ny=\n';
    const [x, y] = entriesOf(text);
    expect(x).toEqual({ key: 'x', value: 'one\ntwo', valueStart: 9, valueEnd: 18, lineStart: 4, lineEnd: 21 });
    expect(text.slice(x?.valueStart, x?.valueEnd)).toBe('one \n two');
    expect(y).toEqual({ key: 'y', value: '', valueStart: 23, valueEnd: 23, lineStart: 21, lineEnd: 24 });
    expect(entriesOf('[A]\nx=1')[0]).toMatchObject({ lineStart: 4, lineEnd: 7 });
  });

  it.each([
    ['[A]\nx=1\nX=2\n', 3, 'duplicate key x'],
    ['[A]\n=1\n', 2, 'a value has no key'],
    ['[A]\n  : 1\n', 2, 'a value has no key'],
    ['[A]\nx\n', 2, 'a line that is neither "key = value" nor a comment'],
    ['[A]\n x\n', 2, 'a line that is neither "key = value" nor a comment'],
    ['[A]\nx=1\nno\n', 3, 'a line that is neither "key = value" nor a comment'],
  ])('are refused in %j, with the line', (text, line, reason) => {
    const refusal = expect.objectContaining({
      code: 'CONFIG_FILE_CORRUPT',
      message: `/home/u/.oci/config, line ${line}: ${reason}`,
      fields: { path: '/home/u/.oci/config', line, reason },
    });
    expect(() => entriesOf(text)).toThrow(refusal);
    expect(() => checkConfigText(config(text))).toThrow(refusal);
  });
});

describe('a whole text', () => {
  it.each(['', '\n# mine\n', '[A]\nx=1\n[B]\nx=1\n', '; a\n\n[A]\n', '\uFEFF[A]\nx=1'])('may be %j', (text) => {
    expect(checkConfigText(config(text))).toBeUndefined();
  });

  it.each([
    ['x=1\n[A]\n', 1, 'a value before the first section'],
    ['# a\nx=1\n', 2, 'a value before the first section'],
    ['x\n[A]\n', 1, 'a line that is neither "key = value" nor a comment'],
    ['[A]\n[B]\n[A]\n', 3, 'duplicate section [A]'],
    ['[A]\n[B]\nx=1\nx=2\n', 4, 'duplicate key x'],
  ])('is refused where it is %j', (text, line, reason) => {
    expect(() => checkConfigText(config(text))).toThrow(
      expect.objectContaining({ code: 'CONFIG_FILE_CORRUPT', fields: { path: '/home/u/.oci/config', line, reason } }),
    );
  });
});
