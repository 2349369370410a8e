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
    [[5, 9], 15, [5]],
    [[3, 20, 30], 40, [3, 16, 16]],
    [[3, 20, 30], 31, [3, 12, 12]],
    [[3, 20, 30], 30, [3, 20]],
    // The first column, the name, shrinks last.
    [[40, 20, 30], 80, [40, 18, 18]],
    [[40, 20, 30], 68, [40, 12, 12]],
    [[40, 20, 30], 52, [24, 12, 12]],
    [[40, 20, 30], 51, [37, 12]],
    [[40, 20, 30], 38, [24, 12]],
    [[40, 20, 30], 37, [37]],
    // Short ones, such as a state, stay whole.
    [[40, 16, 30], 58, [26, 16, 12]],
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
    [['abcd', 'b'], { widths: [3, 3], cuts: true }, 'a…d  b'],
    [['abc', 'bcde'], { widths: [3, 3], cuts: true }, 'abc  bc…'],
    [['abcdefgh'], { widths: [6], cuts: true }, 'abc…gh'],
    [['abcd'], { widths: [1], cuts: true }, '…'],
    [['日本', 'b'], { widths: [5, 1], cuts: true }, '日本   b'],
    // Half of a character does not exist.
    [['x', '日本語'], { widths: [1, 4], cuts: true }, 'x  日…'],
    [['x', '日本語'], { widths: [1, 5], cuts: true }, 'x  日本…'],
    [['日本語', 'b'], { widths: [5, 1], cuts: true }, '日…語  b'],
    [['e\u0301e\u0301e\u0301', 'b'], { widths: [2, 1], cuts: true }, 'e\u0301…  b'],
    [['abc', 'left out'], { widths: [3], cuts: true }, 'abc'],
  ])('of the cells %j', (line, layout, text) => {
    expect(tableLine(line, layout)).toBe(text);
  });
});
