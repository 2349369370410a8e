import type { Agents, OptionsInit } from 'got';
import type { HttpRequest, HttpSettings, StreamedRequest } from './client.js';
import { isLoopback, lookUpLoopback } from './loopback.js';
import type { HttpProxy } from './proxy/find-proxy.js';
import { trustedAuthorities } from './trust/authorities.js';

/** No connection that an agent keeps. */
export const NEW_CONNECTION: Agents = { http: false, https: false };

export type Upload = AsyncIterable<Uint8Array>;

/** The proxy for a request, where there is one. @throws OracleComputeError PROXY_MALFORMED, PROXY_UNSUPPORTED */
export async function proxyOf(settings: HttpSettings, { url }: HttpRequest): Promise<HttpProxy | undefined> {
  if (!settings.proxyEnvironment || isLoopback(url.hostname)) return undefined;
  const { findProxy } = await import('./proxy/find-proxy.js');
  return findProxy(url, settings.proxyEnvironment);
}

/** What got is told of one request: everything that it leaves open is decided here. */
export async function gotOptions(
  settings: HttpSettings,
  request: StreamedRequest,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<OptionsInit> {
  const { userAgent, certificateAuthorities, proxyEnvironment } = settings;
  const authorities = await trustedAuthorities(certificateAuthorities, proxyEnvironment?.NODE_EXTRA_CA_CERTS);
  return {
    method: request.method as NonNullable<OptionsInit['method']>,
    headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...request.headers },
    ...bodyOption(request),
    ...(proxy && { agent: await agentsThrough(proxy, signal, authorities) }),
    ...(request.url.hostname.endsWith('.localhost') && { dnsLookup: lookUpLoopback }),
    https: {
      // Said out loud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch it off.
      rejectUnauthorized: true,
      ...(authorities && { certificateAuthority: authorities }),
    },
    // A redirect would carry the password or the cookie to a place that nobody named.
    followRedirect: false,
    throwHttpErrors: false,
    // Decoded in body.ts, which loads what it needs only where a service encodes.
    decompress: false,
    signal,
  };
}

/** The library waits for a body to be written wherever a method may have one, unless it is told that it is empty. */
function bodyOption({ method, body, upload }: StreamedRequest): { body?: string | Uint8Array } {
  if (upload) return {};
  if (body !== undefined) return { body };
  return method === 'GET' || method === 'HEAD' ? {} : { body: '' };
}

async function agentsThrough(proxy: HttpProxy, signal: AbortSignal, certificateAuthorities: string[] | undefined) {
  const { tunnelAgents } = await import('./proxy/tunnel.js');
  return tunnelAgents({ proxy, signal, certificateAuthorities });
}
