import width from 'fast-string-width';

/** Between two columns. */
const GAP = '  ';
/** A wider column may shrink to this, others keep their width. */
const [SHORT, LEAST_WIDTH] = [16, 12];
/** The first column shrinks last, and to this: it tells the rows apart. */
const LEAST_NAME = 24;
/** Without a terminal, cells are padded to at most this, so that one huge cell does not make every line huge. */
const WIDEST_FILLED = 10_000;

interface TableLayout {
  /** Of the columns that are shown. */
  readonly widths: readonly number[];
  /** True if cells that are too wide are cut. */
  readonly cuts: boolean;
}

/**
 * Columns are as wide as their cells. To fit a terminal, the widest columns shrink first and the first one last; if that is
 * not enough, the last columns are left out.
 *
 * @param count of columns
 * @param lines heading and rows
 * @param terminalWidth undefined if the table does not go to a terminal
 */
export function layOutTable(
  count: number,
  lines: ReadonlyArray<readonly string[]>,
  terminalWidth?: number,
): TableLayout {
  const widths = Array.from({ length: count }, (_, column) =>
    lines.reduce((widest, line) => Math.max(widest, width(line[column] ?? '')), 0),
  );
  if (terminalWidth === undefined) return { widths: narrow(widths, WIDEST_FILLED), cuts: false };
  // Each column needs at least its gap.
  for (let shown = Math.min(count, terminalWidth); shown > 1; shown -= 1) {
    const [name = 0, ...others] = widths.slice(0, shown);
    const least = others.reduce((sum, wide) => sum + (wide <= SHORT ? wide : LEAST_WIDTH), 0);
    const budget = terminalWidth - GAP.length * (shown - 1);
    const first = Math.min(name, budget - least);
    if (first < Math.min(name, LEAST_NAME)) continue;
    const short = others.filter((wide) => wide <= SHORT);
    const [most = 0] = narrow(
      others.filter((wide) => wide > SHORT).sort((one, other) => other - one),
      short.reduce((left, wide) => left - wide, budget - first),
    );
    return { widths: [first, ...others.map((wide) => (wide <= SHORT ? wide : Math.min(wide, most)))], cuts: true };
  }
  return { widths: widths.slice(0, 1).map((only) => Math.min(only, terminalWidth)), cuts: true };
}

/** One line of a table. The last cell is not padded. */
export function tableLine(
  cells: readonly string[],
  { widths, cuts }: TableLayout,
  painted: (text: string, column: number) => string = (text) => text,
): string {
  return widths
    .map((wide, column) => {
      const cell = cells[column] ?? '';
      const shown = cuts ? (column === 0 ? cutMiddle : cut)(cell, wide) : cell;
      const isLast = column === widths.length - 1;
      return painted(shown, column) + (isLast ? '' : ' '.repeat(Math.max(0, wide - width(shown))));
    })
    .join(GAP)
    .trimEnd();
}

/** Shrinks the widest columns until the sum of all is within the budget. */
function narrow(widths: readonly number[], budget: number): number[] {
  let left = budget;
  let most = Number.POSITIVE_INFINITY;
  for (const [index, wide] of [...widths].sort((one, other) => one - other).entries()) {
    const share = Math.floor(left / (widths.length - index));
    if (wide > share) {
      most = Math.max(0, share);
      break;
    }
    left -= wide;
  }
  return widths.map((wide) => Math.min(wide, most));
}

function cut(text: string, wide: number): string {
  return width(text) <= wide ? text : `${fitting(charactersOf(text), wide - 1).join('')}…`;
}

/** Names differ at their beginning or at their end. */
function cutMiddle(text: string, wide: number): string {
  if (width(text) <= wide) return text;
  const characters = charactersOf(text);
  const end = fitting(characters.toReversed(), Math.floor((wide - 1) / 2))
    .toReversed()
    .join('');
  return `${fitting(characters, wide - 1 - width(end)).join('')}…${end}`;
}

function charactersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** As many characters from the beginning as are at most this wide. */
function fitting(characters: readonly string[], wide: number): readonly string[] {
  let left = wide;
  const end = characters.findIndex((character) => {
    left -= width(character);
    return left < 0;
  });
  return end < 0 ? characters : characters.slice(0, end);
}
