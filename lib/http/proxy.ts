import { BlockList, isIP, isIPv6 } from 'node:net';
import { OracleComputeError } from '../errors.js';
import { isLoopback } from './client.js';

/** An HTTP proxy, reached with TLS (`https:`) or without. */
export interface HttpProxy {
  readonly protocol: 'http:' | 'https:';
  /** IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** User and password, if the variable has them. */
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  /** For messages: `http://proxy.example.com:3128`, without user and password. */
  readonly origin: string;
}

/** curl's defaults for a proxy without a port. */
const DEFAULT_PORTS = { 'http:': 1080, 'https:': 443 };

/**
 * The proxy for a URL, by `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` in lower or upper case; undefined for
 * a direct connection, which this machine's own addresses always get.
 *
 * @throws OracleComputeError PROXY_MALFORMED; PROXY_UNSUPPORTED for SOCKS and every other protocol than HTTP
 */
export function findProxy(url: URL, environment: Readonly<Record<string, string | undefined>>): HttpProxy | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const nameOf = (name: string) => [name, name.toUpperCase()].find((spelling) => environment[spelling]);
  const noProxy = nameOf('no_proxy');
  if (noProxy !== undefined && isExempt(url, environment[noProxy] ?? '')) return undefined;
  const variable = nameOf(`${url.protocol.slice(0, -1)}_proxy`) ?? nameOf('all_proxy');
  return variable === undefined ? undefined : parseProxy(environment[variable] ?? '', variable);
}

/**
 * Parses the address of a proxy. A URL parser would end a password at its first `#`, `/` or `?`; here the last `@` ends
 * it, as in curl, so that only `%` must be escaped, as `%25`.
 */
function parseProxy(text: string, variable: string): HttpProxy {
  const [, scheme = 'http', userInfo, address = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:(.*)@)?(.*?)\/?$/is.exec(text.trim()) ?? [];
  const protocol = `${scheme.toLowerCase()}:`;
  if (protocol !== 'http:' && protocol !== 'https:') throw unsupported(scheme.toLowerCase(), variable);
  const malformed = (why: string) =>
    new OracleComputeError('PROXY_MALFORMED', `${variable} is not a valid proxy URL: ${why}`, { variable });
  const [, host = '', port] = /^(\[[\da-f:.]+\]|[^\s:/?#[\]@]+)(?::(\d{1,5}))?$/i.exec(address) ?? [];
  const url = URL.canParse(`${protocol}//${host}`) ? new URL(`${protocol}//${host}`) : undefined;
  if (host === '' || !url) throw malformed('invalid host');
  const number = port === undefined ? DEFAULT_PORTS[protocol] : Number(port);
  if (number < 1 || number > 65_535) throw malformed('invalid port');
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const origin = `${protocol}//${hostPort(hostname, number)}`;
  const credentials = userInfo === undefined ? undefined : parseCredentials(userInfo);
  if (userInfo !== undefined && !credentials) throw malformed('write a % in its user or password as %25');
  return { protocol, hostname, port: number, credentials, origin };
}

/** Undefined if a `%` begins no escape: a guess may be wrong, and a wrong password may lock the user out. */
function parseCredentials(userInfo: string): HttpProxy['credentials'] {
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(userInfo) ?? [];
  try {
    return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}

/** `host:port`, as in a URL and in CONNECT. */
export function hostPort(hostname: string, port: number | string): string {
  return `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
}

function unsupported(scheme: string, variable: string): OracleComputeError {
  const kind = scheme.startsWith('socks') ? `a SOCKS proxy (${scheme}://)` : `a proxy of the kind ${scheme}://`;
  return new OracleComputeError('PROXY_UNSUPPORTED', `${variable} names ${kind}, which is not supported`, {
    variable,
    scheme,
  });
}

/**
 * Does `no_proxy` exempt a URL? The list is read as curl reads it, and ports, which curl ignores, as Go and wget do:
 * names with their subdomains (`example.com`, `.example.com`, `*.example.com`), addresses, networks (`10.0.0.0/8`,
 * `fd00::/8`), each with or without a port, and `*` for everything. A dot at the end of a name is ignored.
 *
 * @param list separated by commas or blanks
 */
function isExempt(url: URL, list: string): boolean {
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

/** An IPv6 address with a port needs brackets: without them its end looks like a port. */
function splitPort(entry: string): { pattern: string; onlyPort?: string } {
  if (isIP(entry.split('/', 1)[0] ?? '') === 6) return { pattern: entry };
  const [, pattern = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { pattern, onlyPort };
}

/** Either may be an IPv4 address in IPv6 form, `::ffff:10.0.0.1`. */
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
