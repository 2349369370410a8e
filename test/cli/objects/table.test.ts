import { describe, expect, it } from 'vitest';
import { layOutTable, tableLine } from '../../../cli/output/table.js';

const cells = (...widths: number[]) => widths.map((wide) => 'x'.repeat(wide));
const widthsOf = (lines: string[][], terminal?: number) => layOutTable(lines[0]?.length ?? 0, lines, terminal).widths;

describe('the columns of a table', () => {
  it('are as wide as their widest cell, and as they are where nobody looks', () => {
    expect(layOutTable(2, [cells(3, 9), cells(5, 0)])).toEqual({ widths: [5, 9], cuts: false });
    expect(layOutTable(2, [])).toEqual({ widths: [0, 0], cuts: false });
    expect(layOutTable(2, [['日本'], ['a']])).toEqual({ widths: [4, 0], cuts: false });
  });

  it.each([
    // Two blanks between two columns
    [[5, 9], 16, [5, 9]],
    [[5, 9], 15, [5, 8]],
    [[9, 9], 15, [6, 6]],
    [[9, 9], 14, [6, 6]],
    [[9, 9], 13, [9]],
    [[6, 6], 13, [6]],
    [[3, 20, 30], 40, [3, 16, 16]],
    [[3, 20, 30], 20, [3, 6, 6]],
    [[20], 20, [20]],
    [[20], 19, [19]],
    [[20, 20], 7, [7]],
    [[3, 3, 3], 8, [3, 3]],
  ])('of %j characters on a terminal of %i are %j wide', (widths, terminal, expected) => {
    expect(layOutTable(widths.length, [cells(...widths)], terminal)).toEqual({ widths: expected, cuts: true });
    expect(widthsOf([cells(...widths), cells(...widths.map(() => 1))], terminal)).toEqual(expected);
  });
});

describe('a line of a table', () => {
  it.each([
    [['a', 'b'], { widths: [3, 3], cuts: false }, 'a    b'],
    [['a'], { widths: [3, 3], cuts: false }, 'a'],
    [['abcd', 'b'], { widths: [3, 3], cuts: false }, 'abcd  b'],
    [['abcd', 'b'], { widths: [3, 3], cuts: true }, 'ab…  b'],
    [['abc', 'bcde'], { widths: [3, 3], cuts: true }, 'abc  bc…'],
    [['日本', 'b'], { widths: [5, 1], cuts: true }, '日本   b'],
    // Half of a character does not exist.
    [['日本語', 'b'], { widths: [4, 1], cuts: true }, '日…   b'],
    [['日本語', 'b'], { widths: [5, 1], cuts: true }, '日本…  b'],
    [['e\u0301e\u0301e\u0301', 'b'], { widths: [2, 1], cuts: true }, 'e\u0301…  b'],
    [['abc', 'left out'], { widths: [3], cuts: true }, 'abc'],
  ])('of the cells %j', (line, layout, text) => {
    expect(tableLine(line, layout)).toBe(text);
  });
});
