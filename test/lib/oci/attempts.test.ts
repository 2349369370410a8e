import { describe, expect, test } from 'vitest';
import { OracleComputeError } from '../../../lib/errors.js';
import { AuthClient } from '../../../lib/oci/client/auth-client.js';
import { decodeSecurityToken } from '../../../lib/oci/credentials/security-token.js';
import { SecurityTokenSigner } from '../../../lib/oci/credentials/signer.js';
import { exchangeToken } from '../../../lib/oci/pipeline/domain-client.js';
import { type AnsweringServer, answeringServer } from '../../support/answering-server.js';
import { TestClock } from './support/session-home.js';
import { tokenWith, vectorKey } from './support/vectors.js';

const TOKEN = tokenWith({ exp: 2e9, jti: 'a-canary-in-a-token' });
const SUBJECT = tokenWith({ sub: 'a-pipeline-canary' });
const clock = new TestClock();

const exchange = ({ http, origin: domain }: AnsweringServer) =>
  exchangeToken({ domain, clientId: 'client', clientSecret: 'secret-canary', subjectToken: SUBJECT }, vectorKey, {
    http,
    clock,
  });
const refresh = ({ http, origin }: AnsweringServer) =>
  new AuthClient(origin, { http, clock }).refresh(decodeSecurityToken(TOKEN), vectorKey, 'a file');
const generate = ({ http, origin }: AnsweringServer) =>
  new AuthClient(origin, { http, clock }).generate(vectorKey, 60, new SecurityTokenSigner(TOKEN, vectorKey), 'a file');

const PATHS = {
  exchange: '/oauth2/v1/token',
  refresh: '/v1/authentication/refresh',
  generate: '/v1/token/upst/actions/GenerateUpst',
};

describe('a call that brings a token', () => {
  test.each([
    // The token of a pipeline, and a session, may be had once only.
    ['exchange', exchange, 502, 1],
    ['exchange', exchange, 504, 1],
    ['exchange', exchange, 'cut', 1],
    ['exchange', exchange, 503, 3],
    ['exchange', exchange, 429, 3],
    ['generate', generate, 502, 1],
    ['generate', generate, 'cut', 1],
    ['generate', generate, 503, 3],
    // The old token stays good.
    ['refresh', refresh, 502, 3],
    ['refresh', refresh, 'cut', 3],
    ['refresh', refresh, 401, 1],
  ] as const)('$0 that meets $2 is sent so often: $3', async (name, call, status, times) => {
    const server = await answeringServer((response) =>
      status === 'cut' ? response.destroy() : void response.writeHead(status).end('no'),
    );
    await expect(call(server)).rejects.toBeInstanceOf(OracleComputeError);
    expect(server.asked).toEqual(Array(times).fill(`POST ${PATHS[name]}`));
  });
});

describe('a service that repeats what authenticates a request', () => {
  test.each([
    ['exchange', exchange],
    ['refresh', refresh],
    ['generate', generate],
  ])('shows nothing of it: %s', async (_, call) => {
    for (const status of [400, 401, 403, 503]) {
      let sent = '';
      const server = await answeringServer((response, { headers }, body) => {
        sent = String(headers.authorization);
        response.writeHead(status, { 'opc-request-id': sent, 'x-echo': sent });
        const plain = Buffer.from(sent.replace('Basic ', ''), 'base64').toString('latin1');
        const said = `${sent} ${plain.replace(/[^ -~]/g, '')} ${body}`;
        response.end(JSON.stringify({ code: 'no', error: 'no', message: said, error_description: said }));
      });
      const error = await call(server).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      expect(error).toBeInstanceOf(OracleComputeError);
      const { message, fields } = error as OracleComputeError;
      const shown = [message, JSON.stringify(fields), ...server.lines].join('\n');
      const secrets = [...sent.matchAll(/keyId="ST\$([^"]+)"|signature="([^"]+)"|Basic (\S+)/g)].flatMap((match) =>
        match.slice(1).filter((part) => part !== undefined),
      );
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of [...secrets, 'canary', TOKEN, SUBJECT]) expect(shown).not.toContain(secret);
      expect(shown).toContain(server.origin);
    }
  });
});
