import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../../fixtures/local-tls.js';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/environment.js';
import type { HttpSettings } from '../../../lib/http/client.js';
import { startProxy } from '../../support/proxy.js';

const SERVICE = new URL('https://compute.example/refresh/');

const client = (environment: Record<string, string>, more: Partial<HttpSettings> = {}) =>
  createHttpClient({
    timeout: 60_000,
    clock: systemClock,
    userAgent: 'test',
    proxyEnvironment: environment,
    allowHttp: true,
    ...more,
  });

/** False of Node 22.23, whose own check finds no IPv6 address in a certificate. */
const takesIPv6 =
  checkServerIdentity('fd00::5', { subjectaltname: 'IP Address:fd00::5' } as PeerCertificate) === undefined;

/** A service by the name compute.example and at the address fd00::5, and its authority. */
async function tlsService() {
  const authority = await createLocalAuthority();
  const { key, cert } = await authority.issue(['compute.example', 'fd00::5']);
  const service = await startComputeService({ certificate: { key, cert } });
  onTestFinished(() => service.close());
  return { authority, service };
}

describe('a proxy', () => {
  it('is used for https, with its password, and TLS is verified through it', async () => {
    const { authority, service } = await tlsService();
    const { port, targets, credentials } = await startProxy({ target: service.port });
    const lines: string[] = [];
    const http = client(
      { HTTPS_PROXY: `http://jürgen:a#b@c%25@127.0.0.1:${port}` },
      { certificateAuthorities: authority.certificatePem, debug: (line: string) => lines.push(line) },
    );
    expect((await http.send({ method: 'GET', url: SERVICE })).status).toBe(401);
    const byAddress = http.send({ method: 'GET', url: new URL('https://[fd00::5]:8443/refresh/') });
    if (takesIPv6) expect((await byAddress).status).toBe(401);
    else await expect(byAddress).rejects.toMatchObject({ code: 'TLS_FAILED' });
    expect(targets).toEqual(['compute.example:443', '[fd00::5]:8443']);
    expect(credentials).toEqual(Array(2).fill('jürgen:a#b@c%'));
    expect(lines.join('\n')).not.toContain('a#b');
    const elsewhere = http.send({ method: 'GET', url: new URL('https://other.example/refresh/') });
    await expect(elsewhere).rejects.toMatchObject({ code: 'TLS_FAILED', fields: { origin: 'https://other.example' } });
  });

  it('is used for http, and not for this machine', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const { port, targets } = await startProxy({ target: service.port });
    const http = client({ http_proxy: `http://127.0.0.1:${port}` });
    await http.send({ method: 'GET', url: new URL('http://compute.example/refresh/') });
    expect(targets).toEqual(['compute.example:80']);
    await http.send({ method: 'GET', url: new URL('/refresh/', service.url) });
    expect(targets).toHaveLength(1);
  });

  it('may have an IPv6 address', async () => {
    const { port, targets } = await startProxy({ answer: 403, host: '::1' });
    const failed = client({ https_proxy: `http://[::1]:${port}` }).send({ method: 'GET', url: SERVICE });
    await expect(failed).rejects.toMatchObject({ code: 'PROXY_REFUSED', fields: { proxy: `http://[::1]:${port}` } });
    expect(targets).toHaveLength(1);
  });

  it('that cannot be reached is the proxy’s failure, without its password', async () => {
    const failed = client({ https_proxy: 'http://user:hunter2@127.0.0.1:1' }).send({ method: 'GET', url: SERVICE });
    await expect(failed).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: 'the proxy http://127.0.0.1:1 cannot be reached: the connection was refused',
      fields: { origin: 'http://127.0.0.1:1', isProxy: true },
    });
  });

  it.each([
    407, 403, 302, 404, 429, 500, 502, 503,
  ])('that answers %i is named with its status and asked once', async (status) => {
    const { port, targets } = await startProxy({ answer: status });
    const http = client({ https_proxy: `http://user:hunter2@127.0.0.1:${port}` });
    for (const send of [http.send, http.stream]) {
      const failed = send({ method: 'GET', url: SERVICE, retry: 'always' });
      const error = await failed.catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'PROXY_REFUSED', fields: { proxy: `http://127.0.0.1:${port}`, status } });
      expect((error as Error).message).toMatch(new RegExp(`the proxy .* \\(HTTP ${status}\\)$`));
      expect((error as Error).message).not.toContain('hunter2');
    }
    expect(targets).toHaveLength(2);
  });

  it('that answers with a login of its own is not taken for the service', async () => {
    const { port } = await startProxy({ answer: 204 });
    // The tunnel is there, and ends at once.
    const failed = client({ https_proxy: `http://127.0.0.1:${port}` }).send({ method: 'GET', url: SERVICE });
    await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/^(?:UNREACHABLE|TLS_FAILED)$/) });
  });

  it('that never answers is left at the time limit, and named', async () => {
    const { port, asked, left } = await startProxy({ answer: 'nothing' });
    const http = client({ https_proxy: `http://127.0.0.1:${port}` }, { timeout: 300 });
    const failed = http.send({ method: 'GET', url: SERVICE, retry: 'always' });
    await expect(failed).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: `https://compute.example did not answer through the proxy http://127.0.0.1:${port} within 0.3 s`,
    });
    await asked;
    await left;
  });

  it('that never answers is left when the program is told to stop', async () => {
    const { port, asked, left } = await startProxy({ answer: 'nothing' });
    const stop = new AbortController();
    const http = client({ https_proxy: `http://127.0.0.1:${port}` }, { signal: stop.signal });
    const failed = http.stream({ method: 'GET', url: SERVICE, retry: 'always' });
    await asked;
    const reason = new Error('told to stop');
    stop.abort(reason);
    await expect(failed).rejects.toBe(reason);
    await left;
  });
});

describe('a proxy that is reached by TLS', () => {
  it.each(['127.0.0.1', 'localhost'])('is verified by the bundle, at %s', async (host) => {
    const { authority, service } = await tlsService();
    const { port, targets } = await startProxy({
      target: service.port,
      certificate: await authority.issue(['127.0.0.1', 'localhost']),
    });
    const http = client(
      { https_proxy: `https://u:p@${host}:${port}` },
      { certificateAuthorities: authority.certificatePem },
    );
    expect((await http.send({ method: 'GET', url: SERVICE })).status).toBe(401);
    expect(targets).toEqual(['compute.example:443']);
  });

  it.each(['another host', 'another authority'])('gets nothing where its certificate is for %s', async (why) => {
    const authority = await createLocalAuthority();
    const other = await createLocalAuthority();
    const certificate = await (why === 'another host'
      ? authority.issue(['other.example'])
      : other.issue(['127.0.0.1']));
    const { port, targets } = await startProxy({ answer: 403, certificate });
    const http = client(
      { https_proxy: `https://u:p@127.0.0.1:${port}` },
      { certificateAuthorities: authority.certificatePem },
    );
    await expect(http.send({ method: 'GET', url: SERVICE, retry: 'always' })).rejects.toMatchObject({
      code: 'TLS_FAILED',
      fields: { origin: `https://127.0.0.1:${port}` },
    });
    expect(targets).toEqual([]);
  });
});
