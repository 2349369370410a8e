import type { Agents, Options } from 'got';
import type { Authorities } from './authorities.js';
import type { HttpRequest, HttpSettings } from './client.js';
import { isLoopback, lookUpLoopback } from './loopback.js';

/** No connection that an agent keeps. */
const NO_AGENTS: Agents = { http: false, https: false };

export type Upload = AsyncIterable<Uint8Array>;

export interface ClientParts extends HttpSettings {
  readonly authorities: Authorities;
  /** Who answered with a failure may be ending the connection just now: what comes again comes by a new one. */
  readonly connection?: 'any' | 'new';
}

/** What got is told of one request: everything that it leaves open is decided here. */
export async function gotOptions(settings: ClientParts, request: HttpRequest, signal: AbortSignal, upload?: Upload) {
  const { authorities, userAgent } = settings;
  const agent = (await proxyAgents(settings, request.url)) ?? (settings.connection === 'new' ? NO_AGENTS : undefined);
  return {
    method: request.method as NonNullable<Options['method']>,
    headers: {
      'user-agent': userAgent,
      // Nothing is ever decompressed, so a small answer cannot become a large one.
      'accept-encoding': 'identity',
      ...request.headers,
    },
    ...bodyOption(request, upload),
    ...(agent ? { agent } : {}),
    ...(request.url.hostname.endsWith('.localhost') ? { dnsLookup: lookUpLoopback } : {}),
    https: {
      // Said out loud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch it off.
      rejectUnauthorized: true,
      certificateAuthority: await authorities.next(),
    },
    // A redirect would carry the password or the cookie to a place that nobody named.
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    // Attempts are counted above, where the deadline is known.
    retry: { limit: 0 },
    signal,
  };
}

/** The library waits for a body to be written wherever a method may have one, unless it is told that it is empty. */
function bodyOption(request: HttpRequest, upload: Upload | undefined): { body?: string | Uint8Array } {
  if (upload) return {};
  if (request.body !== undefined) return { body: request.body };
  return request.method === 'GET' || request.method === 'HEAD' ? {} : { body: '' };
}

async function proxyAgents(settings: HttpSettings, url: URL): Promise<Agents | undefined> {
  const environment = settings.proxyEnvironment;
  // A proxy cannot reach this machine's own addresses.
  if (!environment || isLoopback(url.hostname)) return undefined;
  const { proxyFor } = await import('./proxy.js');
  const proxy = proxyFor(url, environment);
  if (proxy === undefined) return undefined;
  const { HttpProxyAgent, HttpsProxyAgent } = (await import('hpagent')).default;
  return { http: new HttpProxyAgent({ proxy }), https: new HttpsProxyAgent({ proxy }) };
}
