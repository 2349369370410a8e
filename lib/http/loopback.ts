import type { Options } from 'got';

/**
 * True for the names and addresses that never leave this machine: `localhost` and names under it (RFC 6761), 127.0.0.0/8
 * and ::1. Takes a URL's `hostname`, so IPv6 in brackets.
 */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** `*.localhost` is this machine (RFC 6761), but not every C library resolves it. */
export const lookUpLoopback = ((_hostname: string, options: unknown, callback?: unknown) => {
  const done = (typeof options === 'function' ? options : callback) as (...results: unknown[]) => void;
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (all) done(null, addresses);
  else done(null, '127.0.0.1', 4);
}) as unknown as NonNullable<Options['dnsLookup']>;
