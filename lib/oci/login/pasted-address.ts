/** Terminals put these around pasted text if a program asks for it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with an escape character
const PASTE_MARKS = /\u001b\[20[01]~/g;
const OWN_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The login in a pasted text: the browser's final address, which it could not reach, whole or only the part after `#`.
 * Ignores white space: terminals and mails break long lines.
 *
 * @param port the port of the callback: another address is another login's
 * @returns undefined if the text has no login
 */
export function pastedLogin(text: string, port: number): URLSearchParams | undefined {
  const plain = text.replace(PASTE_MARKS, '').replace(/\s+/g, '');
  // Pasted twice, it is the same login twice.
  const [address] = /^https?:\/\/.+?(?=https?:\/\/|$)/i.exec(plain) ?? [];
  const given = address === undefined ? plain.replace(/^.*?[#?]/, '') : behindAddress(address, port);
  const parameters = new URLSearchParams(given);
  return parameters.get('security_token') || parameters.has('error') ? parameters : undefined;
}

function behindAddress(address: string, port: number): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !OWN_HOSTS.has(url.hostname) || url.port !== String(port)) return '';
  return url.hash.slice(1) || url.search.slice(1);
}
