import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isOracleComputeError, OracleComputeError, systemErrorCode } from '../../errors.js';
import { shownText } from '../../text.js';
import { callbackPage, type PageContent, PRIVATE_HEADERS } from './callback-page.js';

/** The only port that the login page of OCI redirects to. */
export const CALLBACK_PORT = 8181;
/** Limit for a browser that connects and sends nothing. Milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 20_000;
const BODY_LIMIT_BYTES = 131_072;
const MOST_ATTEMPTS = 10;

/** Waits for one login. Only what `receive` calls final ends it; anything else may come from anywhere. */
type ReceiveLogin = (parameters: URLSearchParams) => Promise<CallbackVerdict>;

/** The result of one attempt to pass on a login: the page to show, and whether the wait ends. */
export interface CallbackVerdict {
  readonly page: PageContent;
  readonly final: boolean;
}

interface CallbackServer {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops listening, cuts every connection and frees the port. Answers that are under way are finished first. */
  close(): Promise<void>;
}

/**
 * Waits on this machine's loopback addresses, IPv4 and IPv6, for the browser to come back from the login page. Many
 * connections at once; none of them can hold up another.
 *
 * @param port 8181 for the real login page; 0 for a free one
 * @param receive gets the parameters of each login that arrives, one after the other, until one is final
 * @param address listens there instead: requests must still name this machine's own hosts
 * @throws OracleComputeError PORT_IN_USE; USAGE if the address is not this machine's
 */
export async function startCallbackServer(
  port: number,
  receive: ReceiveLogin,
  address?: string,
): Promise<CallbackServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenEverywhere(port, receive, address);
    } catch (error) {
      // A free number on one address may be taken on the other.
      if (port !== 0 || attempt === MOST_ATTEMPTS || !isOracleComputeError(error, 'PORT_IN_USE')) throw error;
    }
  }
}

async function listenEverywhere(
  port: number,
  receive: ReceiveLogin,
  address: string | undefined,
): Promise<CallbackServer> {
  const callback = new Callback(receive);
  const servers: Server[] = [await listen(callback, address ?? '127.0.0.1', port)];
  callback.port = (servers[0]?.address() as AddressInfo).port;
  if (address !== undefined) return { port: callback.port, close: () => closeAll(servers) };
  try {
    servers.push(await listen(callback, '::1', callback.port));
  } catch (error) {
    // A machine without IPv6 has no such address.
    if (systemErrorCode(error) !== 'EADDRNOTAVAIL' && systemErrorCode(error) !== 'EAFNOSUPPORT') {
      await closeAll(servers);
      throw error;
    }
  }
  return { port: callback.port, close: () => closeAll(servers) };
}

class Callback {
  port = 0;
  private ended: CallbackVerdict | undefined;

  constructor(private readonly receive: ReceiveLogin) {}

  /** Every request gets an answer; only a login that is final ends the waiting. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.isForUs(request)) return sendJson(response, 403, REFUSED);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && url.pathname === '/token') {
      const body = await readBody(request);
      if (body === undefined) return sendJson(response, 413, REFUSED);
      return sendJson(response, 200, (await this.hand(new URLSearchParams(body))).page);
    }
    if (request.method !== 'GET') return sendJson(response, 405, REFUSED);
    const carriesLogin =
      url.searchParams.has('error') || (url.pathname !== '/' && url.searchParams.has('security_token'));
    if (carriesLogin) return sendPage(response, 200, (await this.hand(url.searchParams)).page);
    if (url.pathname === '/') return sendPage(response, 200, HANDING_OVER);
    if (url.pathname === '/token') return sendPage(response, 400, NOTHING_CAME);
    return sendPage(response, 404, NOTHING_HERE);
  }

  private async hand(parameters: URLSearchParams): Promise<CallbackVerdict> {
    if (this.ended) return { page: ALREADY_OVER, final: true };
    const verdict = await this.receive(parameters);
    if (verdict.final) this.ended = verdict;
    return verdict;
  }

  /**
   * A page of another site may make the browser send requests here; the browser shows that in one of these headers. The
   * return from the login page is a navigation of the whole window; images, frames and scripts of other pages, also of
   * other ports of this machine, are not. The callback page itself posts to its own origin.
   */
  private isForUs({ headers, method }: IncomingMessage): boolean {
    const hosts = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${this.port}`);
    if (!hosts.includes(headers.host ?? '')) return false;
    if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`)) return false;
    const says = (name: string, expected: string) => headers[name] === undefined || headers[name] === expected;
    if (method === 'POST') return says('sec-fetch-site', 'same-origin');
    return says('sec-fetch-dest', 'document') && says('sec-fetch-mode', 'navigate');
  }
}

const REFUSED: PageContent = { title: 'Refused', text: 'This address takes logins of this machine only.', tone: 'bad' };
const HANDING_OVER: PageContent = { title: 'Finishing the login', text: 'One moment, please.', tone: 'busy' };
const NOTHING_CAME: PageContent = {
  title: 'No login arrived',
  text: 'There was no token in this address. Log in at the page that opened first; the program is still waiting.',
  tone: 'bad',
};
const NOTHING_HERE: PageContent = { title: 'Nothing here', text: 'The program is waiting for a login.', tone: 'wait' };
const ALREADY_OVER: PageContent = {
  title: 'This login is over',
  text: 'Its result has arrived before. You can close this page.',
  tone: 'wait',
};

async function listen(callback: Callback, host: string, port: number): Promise<Server> {
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT, connectionsCheckingInterval: 1000 },
    (request, response) => {
      callback.answer(request, response).catch(() => response.destroy());
    },
  );
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: host === '::1' }, resolve);
    });
  } catch (cause) {
    if (systemErrorCode(cause) === 'EADDRNOTAVAIL' && host !== '::1') {
      throw new OracleComputeError('USAGE', `${host} is not an address of this machine`, {}, { cause });
    }
    if (systemErrorCode(cause) !== 'EADDRINUSE') throw cause;
    throw new OracleComputeError('PORT_IN_USE', `port ${port} on this machine is in use`, { port }, { cause });
  }
  return server;
}

function closeAll(servers: readonly Server[]): Promise<void> {
  const closed = servers.map(
    (server) =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // Answers in progress are a few kilobytes to this machine; a browser that does not read in time loses them.
        setTimeout(() => server.closeAllConnections(), 250).unref();
      }),
  );
  return Promise.all(closed).then(() => undefined);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendPage(response: ServerResponse, status: number, content: PageContent): void {
  const { html, headers } = callbackPage(content, randomBytes(16).toString('base64'));
  response.writeHead(status, headers).end(html);
}

function sendJson(response: ServerResponse, status: number, content: PageContent): void {
  const json = JSON.stringify(content, (_, value) => (typeof value === 'string' ? shownText(value) : value));
  response.writeHead(status, { ...PRIVATE_HEADERS, 'content-type': 'application/json' }).end(json);
}
