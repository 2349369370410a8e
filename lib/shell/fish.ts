/** fish language, Quotes: between single quotes only `\'` and `\\` are escapes. */
export function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
