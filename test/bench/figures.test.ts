import { expect, it } from 'vitest';
import { holds, renderVerdict } from './bounds.js';
import { formatCount, logarithmicAxis } from './chart.js';
import { leastRatio, median, medianRatio } from './statistics.js';
import { renderSvgChart } from './svg-chart.js';
import { renderTextChart } from './text-chart.js';

it('the middle value', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10])).toBe(10);
  expect(median([])).toBeNaN();
});

it('a ratio is that of the middle round, whatever the machine did in the others', () => {
  const rounds = [
    [[10], [20]],
    // Everything took ten times as long: the same ratio.
    [[100], [220]],
    // Only the second row was held up.
    [[10], [500]],
    [[10], [20]],
    [[10], [19]],
  ];
  expect(medianRatio(rounds, 1, 0)).toBe(2);
  expect(leastRatio(rounds, 1, 0)).toBe(1.9);
});

it('a bound holds up to its value, and never where nothing was measured', () => {
  expect(holds({ what: 'x', measured: 1.4, most: 1.4 })).toBe(true);
  expect(holds({ what: 'x', measured: 1.41, most: 1.4 })).toBe(false);
  expect(holds({ what: 'x', measured: Number.NaN, most: 1.4 })).toBe(false);
});

it('the last line names what did not hold', () => {
  const good = { what: 'status', measured: 1.5, most: 2 };
  expect(renderVerdict([good])).toBe('all 1 bounds held\n');
  expect(renderVerdict([good, { what: 'auth', measured: 1.456, most: 1.4 }])).toBe(
    '1 of 2 bounds did not hold: auth (1.46, at most 1.4)\n',
  );
});

const texts = { title: 'Flat & <linear>', x: 'things', y: 'milliseconds' };
const points = (...ys: number[]) => ys.map((y, index) => ({ x: 10 ** index, y }));
const series = [
  { name: 'lists', points: points(10, 100, 1000) },
  { name: 'uses one', points: points(10, 10, 10) },
];

it('an axis ends at the ticks around its values', () => {
  const axis = logarithmicAxis([30, 1500], [1, 2, 5]);
  expect(axis.ticks).toEqual([20, 50, 100, 200, 500, 1000, 2000]);
  expect([axis.position(20), axis.position(2000)]).toEqual([0, 1]);
  expect(axis.position(200)).toBeCloseTo(0.5);
  expect(logarithmicAxis([1, 10_000]).ticks).toEqual([1, 10, 100, 1000, 10_000]);
  expect(logarithmicAxis([10, 10]).ticks).toEqual([10, 100]);
  expect([formatCount(100), formatCount(10_000)]).toEqual(['100', '10 000']);
});

it('the text shows every line at every size, side by side, and the figures', () => {
  expect(renderTextChart(series, texts).split('\n')).toEqual([
    '',
    'Flat & <linear>',
    'milliseconds',
    '  1 000 |                          A',
    '        |',
    '    500 |',
    '        |',
    '        |',
    '    200 |',
    '        |',
    '    100 |              A',
    '        |',
    '     50 |',
    '        |',
    '        |',
    '     20 |',
    '        |',
    '     10 |  A B           B           B',
    '        +------------------------------------',
    '                1          10         100  things',
    '',
    'milliseconds   1   10   100',
    'A  lists      10  100  1000',
    'B  uses one   10   10    10',
    '',
  ]);
});

it('the file has a line, a mark for each point and a legend for each series, and escapes its texts', () => {
  const svg = renderSvgChart(series, texts);
  expect(svg.match(/<polyline points="([^"]+)"/g)).toHaveLength(2);
  // Equal values are at equal height, ten times as much one step higher.
  const [rising = [], flat = []] = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, path = '']) =>
    path.split(' ').map((place) => Number(place.split(',')[1])),
  );
  expect(new Set(flat).size).toBe(1);
  expect((rising[0] ?? 0) - (rising[1] ?? 0)).toBeCloseTo((rising[1] ?? 0) - (rising[2] ?? 0));
  expect(rising[0]).toBe(flat[0]);
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg).toContain('>uses one</text>');
  expect(svg).toContain('<title id="title">Flat &amp; &lt;linear&gt;</title>');
  expect(svg).not.toContain('<linear>');
});
