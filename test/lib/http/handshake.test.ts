import { createServer as createPlainServer } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { createLocalAuthority } from '../../../fixtures/local-tls.js';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/http/create-client.js';

async function listening(server: Server): Promise<number> {
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** How a request to a server with these options, whose authority is known, fails. */
async function failureWith(options: TlsOptions & ServerOptions): Promise<unknown> {
  const authority = await createLocalAuthority();
  const certificate = await authority.issue(['127.0.0.1']);
  const port = await listening(createServer({ ...certificate, ...options }, (_, response) => response.end()));
  return failureAt(port, authority.certificatePem);
}

function failureAt(port: number, certificateAuthorities?: string): Promise<unknown> {
  const http = createHttpClient({
    timeout: 60_000,
    clock: systemClock,
    userAgent: 'test',
    ...(certificateAuthorities && { certificateAuthorities }),
  });
  const url = new URL(`https://127.0.0.1:${port}/`);
  return http.send({ method: 'GET', url }).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

it('a server that knows only old versions of TLS is said to be one', async () => {
  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
    // OpenSSL itself does not offer them any more, unless it is told to.
    const failure = await failureWith({ minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(failure).toMatchObject({ code: 'TLS_FAILED', fields: { cause: 'OLD_TLS' } });
    expect((failure as Error).message).toMatch(/: it speaks only versions of TLS older than 1\.2, which are not safe$/);
  }
});

it('one that speaks no TLS', async () => {
  const failure = await failureAt(await listening(createPlainServer((_, response) => response.end())));
  expect(failure).toMatchObject({ code: 'TLS_FAILED', fields: { cause: 'NOT_TLS' } });
});

it('one that asks for a certificate of the client', async () => {
  const failure = await failureWith({ requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.3' });
  expect(failure).toMatchObject({ code: 'TLS_FAILED', fields: { cause: 'CERTIFICATE_REQUIRED' } });
});
