/**
 * tcsh(1), Lexical structure and History substitution. History is substituted between single quotes too, and the
 * variable `backslash_quote` decides whether a backslash is itself there; outside of quotes a backslash quotes any
 * character in csh and in tcsh. So `'`, `\` and `!` stand outside, and so does a blank after a blank, because an
 * unquoted `eval` of a command's output makes one blank out of several.
 */
export function quoteCsh(text: string): string {
  return `'${text.replace(/['\\!]|(?<= ) /g, "'\\$&'")}'`;
}
