/** A table for a terminal. The first `texts` columns are words, the others figures, which stand to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[], texts: number): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < texts ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return `\n${all.map((row) => `${line(row).join('  ').trimEnd()}\n`).join('')}`;
}
