import { createServer as createPlainServer } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createLocalAuthority } from '../../../fixtures/local-tls.js';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/environment.js';
import { checkBundle } from '../../../lib/http/trust.js';

let one: string;
let two: string;
beforeAll(async () => {
  [one, two] = (await Promise.all([createLocalAuthority(), createLocalAuthority()])).map(
    ({ certificatePem }) => `${certificatePem.trim()}\n`,
  ) as [string, string];
});

const linesOf = (pem: string) => pem.split('\n').length - 1;
const withoutLine = (pem: string, marker: string) => pem.replace(new RegExp(`^-----${marker}.*\n`, 'm'), '');
const damaged = (pem: string) => pem.replace(/\n.{40}/, `\n${'A'.repeat(40)}`);

describe('a bundle that can be read', () => {
  it.each([
    ['one certificate', () => one],
    ['several', () => one + two + one],
    ['lines that end as in Windows', () => (one + two).replaceAll('\n', '\r\n')],
    ['no line break at its end', () => one + two.trim()],
    ['words around its certificates', () => `Issuer: somebody\n${one}\n# the other -- BEGIN\n${two}the end\n`],
    ['a block of another kind', () => `-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n${one}`],
    ['an older name of the block', () => one.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
  ])('with %s', async (_, bundle) => {
    await expect(checkBundle(bundle(), 'ca.pem')).resolves.toBeUndefined();
  });
});

describe('a bundle with a certificate that cannot be read is refused, with its place', () => {
  it.each<[string, () => string, certificate: number, line: () => number]>([
    ['the first is damaged', () => damaged(one) + two, 1, () => 1],
    ['the second is damaged', () => one + damaged(two), 2, () => linesOf(one) + 1],
    ['the second, behind words', () => `words\n\n${one}\n# words\n${damaged(two)}`, 2, () => linesOf(one) + 5],
    ['the second of three', () => one + damaged(two) + one, 2, () => linesOf(one) + 1],
    ['the last is cut off', () => one + two.slice(0, 200), 2, () => linesOf(one) + 1],
    ['the first has no end', () => withoutLine(one, 'END') + two, 1, () => 1],
    ['the second has no beginning', () => one + withoutLine(two, 'BEGIN'), 2, () => linesOf(one + two) - 1],
    ['the second begins with a dash too few', () => one + two.replace('-----B', '----B'), 2, () => linesOf(one) + 1],
    ['the second is indented', () => one + two.replace(/^/gm, '  '), 2, () => linesOf(one) + 1],
    ['files joined without a line break', () => one.trim() + two, 1, () => linesOf(one)],
    [
      'what it holds is no certificate',
      () => `${one}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      2,
      () => linesOf(one) + 1,
    ],
    [
      'it holds nothing',
      () => `${one}-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n`,
      2,
      () => linesOf(one) + 1,
    ],
  ])('%s', async (_, bundle, certificate, line) => {
    for (const text of [bundle(), bundle().replaceAll('\n', '\r\n')]) {
      await expect(checkBundle(text, 'ca.pem')).rejects.toThrow(
        expect.objectContaining({
          code: 'CA_BUNDLE_MALFORMED',
          fields: { path: 'ca.pem', certificate, line: line() },
          message: `the CA bundle ca.pem cannot be used: certificate ${certificate}, at line ${line()}, is malformed`,
        }),
      );
    }
  });

  it.each([
    '',
    'words\n',
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  ])('none at all: %j', async (text) => {
    await expect(checkBundle(text, 'ca.pem')).rejects.toThrow(
      expect.objectContaining({
        code: 'CA_BUNDLE_MALFORMED',
        message: 'the CA bundle ca.pem has no certificate in PEM form',
      }),
    );
  });
});

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
    certificateAuthorities,
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
    expect((failure as Error).message).toMatch(
      /: it supports only versions of TLS older than 1\.2, which are not secure$/,
    );
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
