import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { IssuedCertificate } from '../../fixtures/local-tls.js';

export interface TestProxyOptions {
  /** The port of this machine to which every CONNECT leads, for any host. */
  readonly target?: number;
  /** What it answers in place of a tunnel: an HTTP status line's code, or nothing at all. */
  readonly answer?: number | 'nothing';
  /** Speaks TLS with this certificate. */
  readonly certificate?: IssuedCertificate;
  readonly host?: string;
}

export interface TestProxy {
  readonly port: number;
  /** The targets of the CONNECTs, in their order. */
  readonly targets: string[];
  /** The users and passwords that came with them. */
  readonly credentials: (string | undefined)[];
  /** Resolves when the first CONNECT has come. */
  readonly asked: Promise<void>;
  /** Resolves when a client has left a CONNECT that was not answered. */
  readonly left: Promise<void>;
}

/** A real proxy on this machine that notes what it is asked for. It ends with the test. */
export async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const { target, answer, certificate, host = '127.0.0.1' } = options;
  const targets: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Duplex>();
  const events = new EventEmitter();
  const asked = once(events, 'asked').then(() => undefined);
  const left = once(events, 'left').then(() => undefined);
  const proxy = certificate ? createTlsServer(certificate) : createServer();
  proxy.on('connection', (socket: Duplex) => sockets.add(socket));
  proxy.on('tlsClientError', () => undefined);
  proxy.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    targets.push(incoming.url ?? '');
    credentials.push(decodeBasic(incoming.headers['proxy-authorization']));
    events.emit('asked');
    socket.on('error', () => undefined);
    for (const end of ['end', 'close']) socket.once(end, () => events.emit('left'));
    if (answer === 'nothing') socket.resume();
    else if (answer !== undefined) socket.end(`HTTP/1.1 ${answer} Whatever\r\nContent-Length: 0\r\n\r\n`);
    else tunnel(socket, target ?? 0);
  });
  await new Promise<void>((resolve) => proxy.listen(0, host, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, targets, credentials, asked, left };
}

function tunnel(socket: Duplex, port: number): void {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.once('close', () => onward.destroy());
}

function decodeBasic(header: string | undefined): string | undefined {
  return header && Buffer.from(header.replace(/^Basic /, ''), 'base64').toString('utf8');
}
