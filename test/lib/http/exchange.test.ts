import { getEventListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/environment.js';
import { OracleComputeError } from '../../../lib/errors.js';
import type { HttpSettings, StreamedRequest } from '../../../lib/http/client.js';
import { Deadline, watchDownload } from '../../../lib/http/exchange.js';

/** Pauses pass at once, and are noted. */
function quickClock() {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal) => {
    pauses.push(milliseconds);
    signal?.throwIfAborted();
  };
  return { ...systemClock, sleep, pauses };
}

/** A server, and a client of it; each request is noted with the connection that it came by. */
async function exchangeBench(
  answer: (response: ServerResponse, attempt: number, request: IncomingMessage) => void,
  settings: Partial<HttpSettings> = {},
) {
  const connections: Socket[] = [];
  const server = createServer((request, response) => {
    connections.push(request.socket);
    answer(response, connections.length, request.resume());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const lines: string[] = [];
  const http = createHttpClient({
    timeout: 60_000,
    clock: systemClock,
    userAgent: 'test',
    debug: (line) => lines.push(line),
    ...settings,
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
  const ask = async (way: Way, request: Partial<StreamedRequest> = {}) => {
    const whole = { method: 'GET', url, ...request };
    if (way === 'send') return http.send(whole);
    const answer = await http.stream(whole);
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return { ...answer, body: Buffer.concat(chunks) };
  };
  return { connections, ask, lines };
}

type Way = 'send' | 'stream';
const WAYS: Way[] = ['send', 'stream'];
const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString('utf8');

describe.each(WAYS)('%s', (way) => {
  it.each([301, 302, 307, 308])('takes a redirect for the answer: %i', async (status) => {
    const { ask, connections } = await exchangeBench((response) => response.writeHead(status, { Location: '/' }).end());
    expect(await ask(way)).toMatchObject({ status });
    expect(connections).toHaveLength(1);
  });

  it('tries again by a new connection, also where the old one is kept open', async () => {
    const clock = quickClock();
    const { ask, connections, lines } = await exchangeBench(
      (response, attempt) => void response.writeHead(attempt <= 2 ? 200 : attempt === 3 ? 503 : 200).end('x'),
      { clock },
    );
    // Two to show that a connection is kept where nothing failed.
    await ask(way);
    await ask(way);
    expect(new Set(connections).size).toBe(1);
    expect((await ask(way, { retry: 'always' })).status).toBe(200);
    expect(connections).toHaveLength(4);
    expect(connections[3]).not.toBe(connections[2]);
    expect(lines.filter((line) => line.startsWith('>')).at(-1)).toMatch(/ \(attempt 2\)$/);
  });

  it.each([
    ['POST', 'unsent', 503, 3],
    ['POST', 'unsent', 429, 3],
    ['POST', 'unsent', 502, 1],
    ['POST', 'answered', 502, 3],
    ['POST', 'answered', 500, 1],
    ['POST', 'unsent', 401, 1],
    ['GET', 'always', 502, 3],
    ['GET', 'always', 500, 1],
    ['GET', 'never', 503, 1],
  ] as const)('%s, to be retried %s, is sent at a %i %i times', async (method, retry, status, times) => {
    const { ask, connections } = await exchangeBench((response) => void response.writeHead(status).end('no'), {
      clock: quickClock(),
    });
    const body = method === 'POST' ? { body: 'a secret' } : {};
    expect(await ask(way, { method, retry, ...body })).toMatchObject({ status, body: Buffer.from('no') });
    expect(connections).toHaveLength(times);
  });

  it.each([
    ['POST', 'unsent', 1],
    ['POST', 'answered', 1],
    ['GET', 'always', 3],
    ['GET', 'never', 1],
  ] as const)('%s, to be retried %s, is sent %i times where the connection is cut', async (method, retry, times) => {
    const { ask, connections } = await exchangeBench((response) => response.destroy(), { clock: quickClock() });
    const body = method === 'POST' ? { body: 'a secret' } : {};
    await expect(ask(way, { method, retry, ...body })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(connections).toHaveLength(times);
  });

  it('retries a refused connection, also of a request that is not idempotent', async () => {
    const clock = quickClock();
    const { ask } = await exchangeBench((response) => void response.end(), { clock });
    const failed = ask(way, { method: 'POST', body: 'x', retry: 'unsent', url: new URL('http://127.0.0.1:1/') });
    await expect(failed).rejects.toMatchObject({ code: 'UNREACHABLE', fields: { cause: 'ECONNREFUSED' } });
    expect(clock.pauses).toHaveLength(2);
  });

  it.each([
    ['Sun, 01 Mar 2026 12:00:07 GMT'],
    ['Sunday, 01-Mar-26 12:00:07 GMT'],
    ['Sun Mar  1 12:00:07 2026'],
    ['7'],
  ])('waits until %s, by the clock of the service', async (after) => {
    const clock = quickClock();
    const { ask } = await exchangeBench(
      (response, attempt) => {
        response.writeHead(attempt === 1 ? 503 : 200, { date: 'Sun Mar  1 12:00:00 2026', 'retry-after': after }).end();
      },
      { clock },
    );
    const answer = await ask(way, { retry: 'unsent' });
    expect(answer).toMatchObject({ status: 200, serverTime: Date.UTC(2026, 2, 1, 12) });
    expect(clock.pauses).toEqual([7000]);
  });

  it.each([
    [429, 'always', '20', 20_000],
    [503, 'never', '20', 20_000],
    [429, 'never', '600', 60_000],
    [500, 'never', '20', undefined],
  ] as const)('a %i, retried %s, that asks to wait %s s slows others down too', async (status, retry, after, most) => {
    const clock = quickClock();
    const { ask } = await exchangeBench(
      (response, attempt) => void response.writeHead(attempt === 1 ? status : 200, { 'retry-after': after }).end(),
      { clock },
    );
    await ask(way, { retry });
    clock.pauses.length = 0;
    expect((await ask(way, { retry })).status).toBe(200);
    expect(clock.pauses).toHaveLength(most === undefined ? 0 : 1);
    for (const pause of clock.pauses)
      expect([pause > (most ?? 0) - 10_000, pause <= (most ?? 0)]).toEqual([true, true]);
  });

  it('gives a refusal where the wait would outlast the time limit', async () => {
    const { ask, connections } = await exchangeBench(
      (response) => void response.writeHead(503, { 'retry-after': '61' }).end(),
    );
    expect(await ask(way, { retry: 'always' })).toMatchObject({ status: 503, retryAfter: 61_000 });
    expect(connections).toHaveLength(1);
  });

  it('has one time limit for all attempts and the pauses in between', async () => {
    const { ask, connections } = await exchangeBench(
      (response, attempt) => {
        if (attempt === 1) response.writeHead(503).end();
      },
      { timeout: 2000 },
    );
    await expect(ask(way, { retry: 'always' })).rejects.toMatchObject({ code: 'TIMED_OUT', fields: { seconds: 2 } });
    expect(connections).toHaveLength(2);
  });

  it('is cut in a pause when the program is told to stop', async () => {
    const stop = new AbortController();
    const { ask, connections } = await exchangeBench(
      (response) => void response.writeHead(503, { 'retry-after': '30' }).end(),
      { signal: stop.signal, debug: (line) => line.startsWith('< 503') && setImmediate(() => stop.abort('stop')) },
    );
    await expect(ask(way, { retry: 'always' })).rejects.toBe('stop');
    expect(connections).toHaveLength(1);
  });

  it('sends nothing where the program has been told to stop before', async () => {
    const signal = AbortSignal.abort(new RangeError('stop'));
    const { ask, connections, lines } = await exchangeBench((response) => void response.end('x'), { signal });
    await expect(ask(way, { retry: 'always' })).rejects.toThrow(new RangeError('stop'));
    await expect(ask(way, { method: 'POST', body: 'a secret' })).rejects.toThrow(new RangeError('stop'));
    expect([connections, lines.filter((line) => line.startsWith('>'))]).toEqual([[], []]);
  });

  it('leaves no listeners behind after many requests', async () => {
    const { signal } = new AbortController();
    const { ask } = await exchangeBench(
      (response, attempt) => {
        if (attempt % 5 === 4) response.destroy();
        else response.writeHead(attempt % 5 === 3 ? 503 : 200).end('x');
      },
      { signal, clock: quickClock() },
    );
    for (let count = 0; count < 50; count++) await ask(way, { retry: count % 2 ? 'always' : 'never' }).catch(() => 0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it.each([1, 2 ** 31, 366 * 86_400_000])('a time limit of %i ms is no shorter than it says', async (more) => {
    const { ask } = await exchangeBench((response) => void setTimeout(() => response.end('x'), 50), {
      timeout: 60_000 + more,
    });
    expect(textOf(await ask(way))).toBe('x');
  });

  const long = 'what a service says, '.repeat(50);
  it.each([
    ['gzip', gzipSync(long)],
    ['X-GZIP', gzipSync(long)],
    ['deflate', deflateSync(long)],
    [' br ', brotliCompressSync(long)],
    ['identity', long],
    ['', long],
  ])('decodes a body in an encoding that was not requested: %j', async (encoding, body) => {
    const { ask } = await exchangeBench((response, _, { headers }) => {
      response.writeHead(headers['accept-encoding'] === 'identity' ? 200 : 400, { 'content-encoding': encoding });
      response.end(body);
    });
    const answer = await ask(way);
    expect([answer.status, textOf(answer)]).toEqual([200, long]);
  });

  it.each([
    ['gzip', 'not gzip'],
    ['gzip', gzipSync(long).subarray(0, 40)],
    ['br', 'not brotli'],
    ['deflate', 'no'],
    ['gzip, gzip', gzipSync(gzipSync(long))],
    ['compress', 'x'],
    ['__proto__', 'x'],
  ])('refuses a malformed or unknown encoding: %s', async (encoding, body) => {
    const { ask } = await exchangeBench(
      (response) => void response.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    await expect(ask(way)).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });

  it.each(['HEAD', 'GET'])('accepts an empty body with any encoding: %s', async (method) => {
    const { ask } = await exchangeBench(
      (response) => void response.writeHead(method === 'HEAD' ? 200 : 204, { 'content-encoding': 'gzip' }).end(),
    );
    expect(textOf(await ask(way, { method }))).toBe('');
  });

  it('shows nothing of an answer in a debug line but its status, its time, and an id of the documented form', async () => {
    const headers = {
      'x-oracle-compute-call-id': 'hunter2-canary',
      'opc-request-id': 'hunter2-canary',
      'content-type': 'hunter2-canary',
      location: 'https://hunter2-canary/',
      date: 'Sun Mar  1 12:00:00 2026',
      'retry-after': 'hunter2-canary',
    };
    const callId = `260301${'0123456789abcdef'.repeat(2)}`;
    const { ask, lines } = await exchangeBench((response, attempt) => {
      if (attempt === 2) headers['x-oracle-compute-call-id'] = callId;
      response.writeHead(403, 'hunter2-canary', { ...headers, ...(attempt === 3 && { date: 'hunter2-canary' }) }).end();
    });
    for (let times = 0; times < 3; times++) await ask(way, { headers: { accept: 'x' } });
    expect(lines.filter((line) => line.startsWith('<'))).toEqual([
      '< 403, date Sun, 01 Mar 2026 12:00:00 GMT',
      `< 403, date Sun, 01 Mar 2026 12:00:00 GMT, call id ${callId}`,
      `< 403, call id ${callId}`,
    ]);
  });

  it('repeats in no debug line what a service repeats of a signature and a token', async () => {
    const authorization = `Signature headers="date",keyId="ST$canary-of-a-token",signature="canary+of/a+signature=="`;
    const { ask, lines } = await exchangeBench((response, _, { headers }) => {
      response.writeHead(403, { 'x-echo': headers.authorization, 'opc-request-id': 'canary-of-a-token' });
      response.end(`{"message": "${encodeURIComponent(headers.authorization ?? '')}"}`);
    });
    await ask(way, { headers: { authorization } });
    expect(lines.join('\n')).toContain('403');
    expect(lines.join('\n')).not.toContain('canary');
  });

  it('shows no control character in a debug line', async () => {
    const { ask, lines } = await exchangeBench((response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nDate: \u009b31m\u202e\r\nContent-Length: 0\r\n\r\n');
    });
    await ask(way);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

it('stops at the limit of a body, before and after it is decoded', async () => {
  const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20));
  for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
    const { ask } = await exchangeBench((response) => {
      response.writeHead(200, headers).end(headers['content-encoding'] ? bomb : Buffer.alloc(65_537));
    });
    const failed = ask('send', { limitBytes: 65_536, retry: 'always' });
    await expect(failed).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE', fields: { limitBytes: 65_536 } });
  }
});

/** Headers, then a byte of the body again and again. */
function drip(response: ServerResponse, bytes: string) {
  const timer = setInterval(() => response.write(bytes), 10);
  response.on('close', () => clearInterval(timer));
}

describe('a body that drips', () => {
  it.each([
    ['send', 403],
    ['send', 200],
    ['stream', 403],
    ['stream', 200],
  ] as const)('is left at the one time limit: %s of a %i', async (way, status) => {
    const { ask } = await exchangeBench((response) => drip(response.writeHead(status), 'x'), { timeout: 500 });
    await expect(ask(way)).rejects.toMatchObject({ code: 'TIMED_OUT', fields: { seconds: 0.5 } });
  });
});

describe('a time limit', () => {
  const late = () => new OracleComputeError('TIMED_OUT', 'late', { origin: '', seconds: 60 });

  /** Reads pieces that take 40 s of the 60 s each, and lets 100 s pass with each of them. */
  async function read(extend: boolean): Promise<number> {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const deadline = new Deadline(60_000, { monotonic: () => Date.now() }, late, undefined);
    async function* body(): AsyncGenerator<Uint8Array, void> {
      for (let piece = 0; piece < 3 && !deadline.signal.aborted; piece++) {
        vi.advanceTimersByTime(40_000);
        if (!deadline.signal.aborted) yield Buffer.from('x');
      }
    }
    let pieces = 0;
    for await (const _ of watchDownload(body(), deadline)) {
      pieces += 1;
      if (extend) deadline.extend();
      vi.advanceTimersByTime(100_000);
    }
    expect(vi.getTimerCount()).toBe(0);
    return pieces;
  }

  it('counts the time of the service, and restarts if the reader asks for that', async () => {
    expect(await read(true)).toBe(3);
    expect(await read(false)).toBe(1);
  });
});

it('never sends an upload twice', async () => {
  const { ask, connections } = await exchangeBench(
    (response, _, request) => void request.once('end', () => response.writeHead(503).end()),
    { clock: quickClock() },
  );
  const upload = (async function* () {
    yield Buffer.from('x');
  })();
  expect((await ask('stream', { method: 'POST', retry: 'unsent', upload })).status).toBe(503);
  expect(connections).toHaveLength(1);
});
