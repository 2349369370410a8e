import { assertNoControlCharacters } from './control-characters.js';
import type { ShellSyntax } from './syntax.js';
import { quoteAnsiC, quoteCsh, quoteFish, quoteNushell, quotePosix } from './unix.js';
import { quoteCmd, quotePowerShell } from './windows.js';

/** The formats are no shells: a command line beside them is for `sh`. */
const QUOTERS: Record<ShellSyntax, (text: string) => string> = {
  sh: quotePosix,
  bash: quoteAnsiC,
  zsh: quoteAnsiC,
  ksh: quoteAnsiC,
  fish: quoteFish,
  csh: quoteCsh,
  tcsh: quoteCsh,
  powershell: quotePowerShell,
  cmd: quoteCmd,
  nushell: quoteNushell,
  json: quotePosix,
  dotenv: quotePosix,
  github: quotePosix,
  systemd: quotePosix,
  docker: quotePosix,
  curl: quotePosix,
  value: quotePosix,
};

/** A word that means itself in every one of the shells. */
const BARE_WORD = /^[A-Za-z0-9_/.][\w/.:@+-]*$/;

/**
 * `text` as one quoted word of a command line.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE where no quotes of this shell can hold it
 */
export function quote(syntax: ShellSyntax, text: string): string {
  assertNoControlCharacters(syntax, text);
  return QUOTERS[syntax](text);
}

/**
 * `text` as one word of a command line, in quotes only where it needs them: a path in a hint.
 *
 * @throws OracleComputeError VALUE_NOT_QUOTABLE as `quote`
 */
export function quoteWord(syntax: ShellSyntax, text: string): string {
  return BARE_WORD.test(text) ? text : quote(syntax, text);
}
