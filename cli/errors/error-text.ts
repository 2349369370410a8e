import { isOracleComputeError, isSystemError, systemRefused } from '../../lib/errors.js';
import { quoteWord } from '../../lib/shell/syntax.js';
import { plainName, plainText } from '../../lib/text.js';

/** What happened, on one line and without secrets. */
export function describeError(error: unknown): string {
  return plainText(redact(isOracleComputeError(error) ? error.message : describeUnknown(error)));
}

/** The message for an error that is not an `OracleComputeError`. */
export function describeUnknown(error: unknown): string {
  if (isSystemError(error)) return systemRefused(error).message;
  return error instanceof Error ? `a fault of this program: ${error.message}` : 'a fault of this program';
}

/**
 * Removes what looks like a secret from a text that is shown: the last line of defence, behind messages that are built
 * without secrets. Takes time in proportion to the length of the text: each repetition that could start at every place
 * of a long run has a limit. The form of an address in a hint, scheme://[user@]host, stays.
 */
export function redact(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)(?!\[user@\][^\s/"'@]*(?:[\s/"']|$))[^\s/"']+@/gi, '$1…@')
    .replace(
      /\b(nimbula|security_token|id_token|currentToken|password|passphrase|pass_phrase)(\\*["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)|\\+(["'])[\s\S]*?(?:\\\3|$)|[^\s"';,&}]+)/gi,
      '$1$2…',
    )
    .replace(/\b(authorization|cookie|set-cookie)(["']?\s*:\s*).+/gi, '$1$2…')
    .replace(/eyJ[A-Za-z0-9_.+/=%-]{20,}/g, '…')
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '…');
}

/** Options of the command line that a hint repeats. */
export interface LineOptions {
  /** The OCI profile, and its config file. */
  readonly profile?: string;
  readonly configFile?: string;
}

/** The command that logs in to the same profile in the same config file. */
export function ociLogin(program: string, options: LineOptions): string {
  return ociLine(program, 'authenticate', 'profile-name', options);
}

/** Another command of `session` for the same profile in the same config file. */
export function ociLine(
  program: string,
  command: string,
  option: 'profile' | 'profile-name',
  { profile, configFile }: LineOptions,
): string {
  const words = [program, 'session', command];
  if (profile !== undefined) words.push(`--${option}`, shellQuote(profile));
  if (configFile !== undefined) words.push('--config-file', shellQuote(configFile));
  return words.join(' ');
}

/** A path or name as one word of a command line that can be pasted. Never throws: unprintable characters are replaced. */
export function shellQuote(text: string): string {
  return quoteWord('sh', plainName(text));
}
