import { OracleComputeError } from '../errors.js';

/**
 * Checks a two-part user name, `/customer/name` (CLI reference: `/Compute-identity_domain/user`, e.g.
 * `/Compute-acme/jack.jones@example.com`; Oracle Cloud Machine: `/tenant/user`), and gives it back unchanged: names
 * are case-sensitive and travel as they are.
 *
 * @throws OracleComputeError ACCOUNT_MALFORMED
 */
export function parseAccountName(text: string): string {
  if (isAccountName(text)) return text;
  // What does not even begin like one may be a password in the wrong place.
  const given = text.startsWith('/') ? JSON.stringify(text.slice(0, 80)) : 'what is given';
  const message = `${given} is not a user name of the form /customer/name`;
  throw new OracleComputeError('ACCOUNT_MALFORMED', message, {});
}

/** Does a text have the form of a user name? */
export function isAccountName(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return text.length <= 512 && /^\/[^/\s\u0000-\u001f\u007f]+\/[^/\s\u0000-\u001f\u007f]+$/.test(text);
}
