import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../lib/clock.js';
import { createHttpClient } from '../../lib/environment.js';
import type { HttpClient } from '../../lib/http/client.js';

export interface AnsweringServer {
  readonly origin: string;
  /** A client of it, whose pauses pass at once. */
  readonly http: HttpClient;
  /** What was asked: `GET /path`. */
  readonly asked: string[];
  /** What the client says with --debug. */
  readonly lines: string[];
}

/** A server on loopback that answers every request as the test says. */
export async function answeringServer(
  answer: (response: ServerResponse, request: IncomingMessage, body: string) => void,
): Promise<AnsweringServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.once('end', () => answer(response, request, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const lines: string[] = [];
  const http = createHttpClient({
    timeout: 60_000,
    clock: { ...systemClock, sleep: async (_milliseconds, signal) => signal?.throwIfAborted() },
    userAgent: 'test',
    debug: (line) => lines.push(line),
  });
  return { origin: `http://127.0.0.1:${address.port}`, http, asked, lines };
}
