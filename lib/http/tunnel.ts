import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import type { Agents } from 'got';
import { OracleComputeError } from '../errors.js';
import { connectionFailure } from './failure.js';
import { type HttpProxy, hostPort } from './proxy.js';

interface TunnelOptions {
  readonly proxy: HttpProxy;
  /** Ends the CONNECT: a proxy that never answers would keep the process alive. */
  readonly signal: AbortSignal;
  /** undefined for Node's defaults. */
  readonly trust: SecureContext | undefined;
}

interface Target {
  readonly host?: string | null;
  readonly port?: string | number | null;
}

type Connected = (error: Error | null, socket: Duplex) => void;

/** Agents that reach every service by CONNECT, plain http too, with a new connection for each request. */
export function tunnelAgents(options: TunnelOptions): Agents {
  const http = new HttpAgent();
  http.createConnection = (target: Target, connected?: Connected) => void openTunnel(options, target, connected);
  const https = new HttpsAgent();
  const secure = https.createConnection.bind(https) as (
    options: Target & Pick<ConnectionOptions, 'socket' | 'secureContext'>,
  ) => Duplex;
  https.createConnection = (target: Target, connected?: Connected) =>
    void openTunnel(options, target, (error, socket) =>
      connected?.(error, error ? socket : secure({ ...target, socket, secureContext: options.trust })),
    );
  return { http, https };
}

/** Fails with the proxy's error; nothing of the request itself has been sent then. */
function openTunnel(options: TunnelOptions, { host, port }: Target, connected: Connected | undefined): void {
  const { proxy } = options;
  const fail = (error: OracleComputeError) => connected?.(error, undefined as unknown as Socket);
  const request = connectRequest(options, hostPort(host ?? '', port ?? ''));
  request.once('connect', ({ statusCode = 0 }, socket, head) => {
    if (statusCode < 200 || statusCode > 299) {
      socket.destroy();
      return fail(refused(proxy, statusCode));
    }
    if (head.length > 0) socket.unshift(head);
    connected?.(null, socket);
  });
  request.once('error', (error) => fail(connectionFailure(error, proxy.origin, true)));
  request.end();
}

function connectRequest({ proxy, signal, trust }: TunnelOptions, target: string) {
  const { protocol, hostname, port, credentials } = proxy;
  const authorization = credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  const options: RequestOptions & Pick<ConnectionOptions, 'secureContext'> = {
    method: 'CONNECT',
    host: hostname,
    port,
    path: target,
    setHost: false,
    headers: { host: target, ...(authorization && { 'proxy-authorization': `Basic ${authorization}` }) },
    agent: false,
    signal,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the user's shell does not switch verification off.
    rejectUnauthorized: true,
    secureContext: trust,
    // Node warns if the server name of TLS is an IP address.
    servername: isIP(hostname) === 0 ? hostname : '',
  };
  return (protocol === 'https:' ? httpsRequest : httpRequest)(options);
}

function refused({ origin }: HttpProxy, status: number): OracleComputeError {
  const why = status === 407 ? 'asks for another user and password' : 'refuses the connection';
  return new OracleComputeError('PROXY_REFUSED', `the proxy ${origin} ${why} (HTTP ${status})`, {
    proxy: origin,
    status,
  });
}
