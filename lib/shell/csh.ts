/**
 * tcsh(1), Lexical structure and History substitution. History is substituted between single quotes too, and the
 * variable `backslash_quote` decides whether a backslash is itself there; outside of quotes a backslash quotes any
 * character in csh and in tcsh. So `'`, `\` and `!` stand outside.
 *
 * So do `~` and a blank after a blank: an `eval` of a command's output without double quotes takes the one for a home
 * folder and makes one blank out of several. It expands braces as well, for which there is no escape: JSON needs the
 * double quotes.
 */
export function quoteCsh(text: string): string {
  return `'${text.replace(/['\\!~]|(?<= ) /g, "'\\$&'")}'`;
}
