/** PowerShell takes the typographic single quotes for quotes as well (about_Quoting_Rules). */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** about_Quoting_Rules: between single quotes only a doubled single quote is special, and gives one. */
export function quotePowerShell(text: string): string {
  return `'${text.replace(SINGLE_QUOTES, '$&$&')}'`;
}

/**
 * An expression in ASCII for any text. Windows PowerShell reads a program's output in the console's code page, where
 * the UTF-8 bytes of a harmless letter can turn into a typographic quote and end the string; so every character beyond
 * ASCII is given by its number.
 */
export function powerShellExpression(text: string): string {
  return `'${text.replaceAll("'", "''").replace(/[\u0080-\uffff]/g, characterByNumber)}'`;
}

function characterByNumber(unit: string): string {
  return `'+[char]0x${unit.charCodeAt(0).toString(16).padStart(4, '0')}+'`;
}
