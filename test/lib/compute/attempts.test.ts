import { describe, expect, it } from 'vitest';
import { sendAuthenticated } from '../../../lib/compute/client/authenticated-request.js';
import { ComputeClient } from '../../../lib/compute/client/client.js';
import { type AnsweringServer, answeringServer } from '../../support/answering-server.js';

const TOKEN = 'a-token-of-the-test';

const TOKENS = {
  source: 'a file',
  token: async () => TOKEN,
  replaceToken: async () => 'another-token',
  saveIfNewer: async () => undefined,
};

/** What is sent of one call to a service that gives the same answer every time. */
async function sentOf(status: number | 'cut', call: (server: AnsweringServer) => Promise<unknown>): Promise<string[]> {
  const server = await answeringServer((response) =>
    status === 'cut' ? response.destroy() : void response.writeHead(status).end('no'),
  );
  await call(server).catch(() => undefined);
  return server.asked;
}

const request =
  (method: string) =>
  async ({ http, origin }: AnsweringServer) => {
    const body =
      method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : { body: { bytes: Buffer.from('{}') } };
    const url = new URL('/instance/', origin);
    const answer = await sendAuthenticated({ http, ...TOKENS }, { method, url, ...body });
    for await (const _ of answer.body);
  };

describe('a request', () => {
  // 502, 504 and a connection that is cut leave open whether the service did it.
  it.each([
    ['POST', 502, 1],
    ['PUT', 502, 1],
    ['DELETE', 502, 1],
    ['PATCH', 502, 1],
    ['POST', 504, 1],
    ['DELETE', 504, 1],
    ['POST', 'cut', 1],
    ['PUT', 'cut', 1],
    ['DELETE', 'cut', 1],
    ['POST', 500, 1],
    ['POST', 503, 3],
    ['PUT', 503, 3],
    ['DELETE', 503, 3],
    ['POST', 429, 3],
    ['GET', 502, 3],
    ['HEAD', 502, 3],
    ['GET', 503, 3],
    ['GET', 'cut', 3],
    ['GET', 500, 1],
    ['GET', 404, 1],
  ] as const)('%s that meets %s is sent so often: %i', async (method, status, times) => {
    expect(await sentOf(status, request(method))).toEqual(Array(times).fill(`${method} /instance/`));
  });
});

describe('the two calls about sessions', () => {
  const login = ({ http, origin }: AnsweringServer) =>
    new ComputeClient(http, origin).authenticate('/a/b', 'pw-canary');
  const refresh = ({ http, origin }: AnsweringServer) => new ComputeClient(http, origin).refresh(TOKEN, 'a file');

  it.each([
    ['a login', login, 'POST /authenticate/', 401, 1],
    ['a login', login, 'POST /authenticate/', 502, 3],
    ['a login', login, 'POST /authenticate/', 503, 3],
    // Nobody knows whether the service has the password.
    ['a login', login, 'POST /authenticate/', 'cut', 1],
    ['a refresh', refresh, 'GET /refresh/', 401, 1],
    ['a refresh', refresh, 'GET /refresh/', 502, 3],
    ['a refresh', refresh, 'GET /refresh/', 'cut', 3],
  ] as const)('%s, as $2, meets $3 and is sent so often: $4', async (_, call, line, status, times) => {
    expect(await sentOf(status, call)).toEqual(Array(times).fill(line));
  });
});
