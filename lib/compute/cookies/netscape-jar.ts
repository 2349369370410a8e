import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { OracleComputeError } from '../../errors.js';
import { COOKIE_NAME } from '../token/token.js';
import { NETSCAPE_JAR } from './cookies-file.js';

/** A jar has a line for each cookie of each host. Larger files are not read. */
const LIMIT_BYTES = 1024 * 1024;

/**
 * The token in the file at `path`; undefined if the file does not exist or is not a Netscape jar.
 *
 * @param origin the origin that the cookie must belong to, if known
 * @param now milliseconds since the epoch
 * @throws OracleComputeError NO_SESSION if the jar has no token for the origin
 */
export async function readNetscapeJar(path: string, origin: string | undefined, now: number) {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size > LIMIT_BYTES) return undefined;
  const text = await readFile(path, 'utf8').catch(() => '');
  if (!NETSCAPE_JAR.test(text)) return undefined;
  const url = origin === undefined ? undefined : new URL(origin);
  const token = tokenInNetscapeJar(text, url, now);
  if (token !== undefined) return token;
  const whose = url === undefined ? '' : ` for ${url.hostname}`;
  throw new OracleComputeError('NO_SESSION', `the cookie jar ${path} has no token${whose}`, { path });
}

/**
 * The token in a jar as curl and Python's `http.cookiejar` write it, if curl would send it to each path of the service:
 * the Netscape form, seven fields between tabs (curl, docs/HTTP-COOKIES). Of several tokens, the one of the nearest
 * domain. The jar is only read: the program that wrote it goes on using it.
 */
function tokenInNetscapeJar(text: string, url: URL | undefined, now: number): string | undefined {
  let nearest: { domain: string; token?: string } = { domain: '' };
  for (const line of text.split(/\r?\n/)) {
    const fields = line.replace(/^#HttpOnly_/, '').split('\t');
    const [written = '', subdomains = '', path, secure = '', expires, name, token] = fields;
    if (written.startsWith('#') || name !== COOKIE_NAME || !token || path !== '/') continue;
    const end = Number(expires) * 1000 || Number.POSITIVE_INFINITY;
    const domain = written.toLowerCase().replace(/^\./, '');
    const isSent = url === undefined || isSentTo(url, domain, /^true$/i.test(subdomains), /^true$/i.test(secure));
    if (isSent && end > now && domain.length >= nearest.domain.length) nearest = { domain, token };
  }
  return nearest.token;
}

const OF_THIS_MACHINE = /^(?:localhost|127\.0\.0\.1|::1)$/;

function isSentTo({ protocol, hostname }: URL, domain: string, withSubdomains: boolean, isSecure: boolean): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const isBelow = withSubdomains && isIP(host) === 0 && host.endsWith(`.${domain}`);
  return (host === domain || isBelow) && (!isSecure || protocol === 'https:' || OF_THIS_MACHINE.test(host));
}
