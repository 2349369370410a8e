/**
 * True for the names and addresses that never leave this machine: `localhost` and names under it (RFC 6761), 127.0.0.0/8
 * and ::1. Takes a URL's `hostname`, so IPv6 in brackets.
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
