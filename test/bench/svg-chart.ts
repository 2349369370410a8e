import { type ChartTexts, formatCount, logarithmicAxis, type Series } from './chart.js';

const WIDTH = 820;
const HEIGHT = 470;
const PLOT = { left: 76, right: 780, top: 56, bottom: 300 };
const LEGEND = { top: 374, step: 20 };

/** Told apart by colour-blind people too (the palette of Okabe and Ito), and by their marks in any case. */
const COLOURS = ['#d55e00', '#cc79a7', '#009e73', '#0072b2', '#b8860b'];
const MARKS = ['circle', 'square', 'diamond', 'triangle', 'cross'] as const;

/** A chart as an SVG file, both scales logarithmic, readable on light and dark pages. */
export function renderSvgChart(series: readonly Series[], texts: ChartTexts): string {
  const points = series.flatMap((line) => line.points);
  const [xAxis, yAxis] = [
    logarithmicAxis(points.map(({ x }) => x)),
    logarithmicAxis(
      points.map(({ y }) => y),
      [1, 2, 5],
    ),
  ];
  const left = (x: number) => rounded(PLOT.left + xAxis.position(x) * (PLOT.right - PLOT.left));
  const top = (y: number) => rounded(PLOT.bottom - yAxis.position(y) * (PLOT.bottom - PLOT.top));
  const rows = yAxis.ticks.map((tick) => grid(PLOT.left, top(tick), PLOT.right, top(tick)) + yLabel(top(tick), tick));
  const columns = xAxis.ticks.map(
    (tick) => grid(left(tick), PLOT.top, left(tick), PLOT.bottom) + xLabel(left(tick), tick),
  );
  const lines = series.map((line, index) => {
    const places = line.points.map(({ x, y }) => ({ x: left(x), y: top(y) }));
    const path = places.map(({ x, y }) => `${x},${y}`).join(' ');
    const colour = COLOURS[index % COLOURS.length] ?? '';
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${places.map((place) => mark(place, index)).join('')}`;
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    `<title id="title">${escapeXml(texts.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${PLOT.left}" y="26" font-size="16" font-weight="600">${escapeXml(texts.title)}</text>`,
    `<text x="${PLOT.left}" y="46" fill="#555">${escapeXml(texts.y)}</text>`,
    ...rows,
    ...columns,
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 44}" text-anchor="middle" fill="#555">${escapeXml(texts.x)}</text>`,
    ...lines,
    ...series.map((line, index) => legend(line.name, index)),
    '</svg>',
  ].join('\n')}\n`;
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`;
}

function yLabel(top: number, tick: number): string {
  return `<text x="${PLOT.left - 8}" y="${top + 4}" text-anchor="end">${formatCount(tick)}</text>`;
}

function xLabel(left: number, tick: number): string {
  return `<text x="${left}" y="${PLOT.bottom + 20}" text-anchor="middle">${formatCount(tick)}</text>`;
}

function legend(name: string, index: number): string {
  const y = LEGEND.top + index * LEGEND.step;
  const colour = COLOURS[index % COLOURS.length] ?? '';
  const line = `<line x1="${PLOT.left}" y1="${y}" x2="${PLOT.left + 32}" y2="${y}" stroke="${colour}" stroke-width="2"/>`;
  return `${line}${mark({ x: PLOT.left + 16, y }, index)}<text x="${PLOT.left + 42}" y="${y + 4}">${escapeXml(name)}</text>`;
}

function mark({ x, y }: { readonly x: number; readonly y: number }, index: number): string {
  const colour = COLOURS[index % COLOURS.length] ?? '';
  switch (MARKS[index % MARKS.length]) {
    case 'square':
      return `<path d="M${x - 4} ${y - 4}h8v8h-8z" fill="${colour}"/>`;
    case 'diamond':
      return `<path d="M${x} ${y - 6}l6 6l-6 6l-6-6z" fill="${colour}"/>`;
    case 'triangle':
      return `<path d="M${x} ${y - 6}l5.5 10h-11z" fill="${colour}"/>`;
    case 'cross':
      return `<path d="M${x - 5} ${y - 5}l10 10m0-10l-10 10" stroke="${colour}" stroke-width="2.5"/>`;
    default:
      return `<circle cx="${x}" cy="${y}" r="4.5" fill="${colour}"/>`;
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
