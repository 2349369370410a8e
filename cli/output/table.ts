import width from 'fast-string-width';

/** Between two columns. */
const GAP = '  ';
/** A narrower column is not readable. */
const LEAST_WIDTH = 6;
/** Without a terminal, cells are padded to at most this, so that one huge cell does not make every line huge. */
const WIDEST_FILLED = 10_000;

interface TableLayout {
  /** Of the columns that are shown. */
  readonly widths: readonly number[];
  /** True if cells that are too wide are cut. */
  readonly cuts: boolean;
}

/**
 * Columns are as wide as their cells. To fit a terminal, the widest columns shrink first; if that is not enough, the last
 * columns are left out.
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
    const fitting = narrow(widths.slice(0, shown), terminalWidth - GAP.length * (shown - 1));
    if (fitting.every((wide, column) => wide >= Math.min(LEAST_WIDTH, widths[column] ?? 0)))
      return { widths: fitting, cuts: true };
  }
  return { widths: widths.slice(0, 1).map((only) => Math.min(only, terminalWidth)), cuts: true };
}

/** One line of a table. The last cell is not padded. */
export function tableLine(cells: readonly string[], { widths, cuts }: TableLayout): string {
  return widths
    .map((wide, column) => {
      const cell = cells[column] ?? '';
      const shown = cuts ? cut(cell, wide) : cell;
      return shown + ' '.repeat(Math.max(0, wide - width(shown)));
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
  if (width(text) <= wide) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (width(kept + segment) > wide - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
