import { BlockList, isIP } from 'node:net';

/**
 * Is the host exempt from going through a proxy? The list is read as curl reads it, and where curl has no opinion (a
 * port), as Go and wget do: names with all names below them (`example.com`, `.example.com`, `*.example.com`), addresses,
 * networks (`10.0.0.0/8`, `fd00::/8`), a port behind any of them, and `*` for everything. Dots at the end of a name mean
 * nothing.
 *
 * @param url the address that is to be reached; its `hostname` has IPv6 in brackets
 * @param list separated by commas or blanks
 */
export function isExempt(url: URL, list: string): boolean {
  const host = withoutBrackets(url.hostname.toLowerCase()).replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  const { pattern, onlyPort } = splitPort(entry);
  if (pattern === '' || (onlyPort !== undefined && Number(onlyPort) !== Number(port))) return false;
  const [address = '', length] = pattern.split('/');
  const bare = withoutBrackets(address).replace(/%.*$/, '');
  if (isIP(bare) !== 0) return isIP(host) !== 0 && isInNetwork(bare, length, host);
  const name = pattern.replace(/^\*?\./, '').replace(/\.$/, '');
  return name !== '' && isIP(host) === 0 && (host === name || host.endsWith(`.${name}`));
}

/** A bare IPv6 address ends in what looks like a port: a port behind one needs brackets. */
function splitPort(entry: string): { pattern: string; onlyPort?: string } {
  if (isIP(entry.split('/', 1)[0] ?? '') === 6) return { pattern: entry };
  const [, pattern = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return onlyPort === undefined ? { pattern } : { pattern, onlyPort };
}

/** Also where one of the two is an IPv4 address written as IPv6, `::ffff:10.0.0.1`. */
function isInNetwork(address: string, length: string | undefined, host: string): boolean {
  const family = familyOf(address);
  const longest = family === 'ipv4' ? 32 : 128;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= longest)) return false;
  if (family === 'ipv6' && isIP(host) === 4 && !address.startsWith('::ffff:')) return false;
  const network = new BlockList();
  network.addSubnet(address, length === undefined ? longest : Number(length), family);
  return network.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*?)\]/, '$1');
}
