/**
 * Removes what looks like a secret from a text that is shown: the last line of defence, behind messages that are built
 * without secrets in the first place. Its work grows as the text does: a repetition that could begin anew at each place
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
