/** The Nushell Book, Working with Strings: in double quotes a backslash escapes, and only `$"…"` is interpolated. */
export function quoteNushell(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
