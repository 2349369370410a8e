import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startComputeService } from '../../../fixtures/compute-service/server.js';
import { createLocalAuthority } from '../../../fixtures/local-tls.js';
import { systemClock } from '../../../lib/clock.js';
import { createHttpClient } from '../../../lib/http/got-client.js';
import { proxyFor } from '../../../lib/http/proxy.js';

const to = (address: string, environment: Record<string, string>) => proxyFor(new URL(address), environment);

describe('proxyFor', () => {
  it('reads both spellings, lower case first', () => {
    expect(to('https://a.example', { HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1');
    expect(to('https://a.example', { https_proxy: 'http://q:2', HTTPS_PROXY: 'http://p:1' })).toBe('http://q:2');
    expect(to('http://a.example', { HTTPS_PROXY: 'http://p:1' })).toBeUndefined();
    expect(to('http://a.example', { http_proxy: 'p:1' })).toBe('http://p:1');
    expect(to('https://a.example', { ALL_PROXY: 'http://p:1' })).toBe('http://p:1');
    expect(to('https://a.example', {})).toBeUndefined();
    expect(to('https://a.example', { https_proxy: '' })).toBeUndefined();
  });

  it.each([
    ['*', true],
    ['a.example', true],
    ['.example', true],
    ['example', true],
    ['*.example', true],
    ['A.EXAMPLE', true],
    ['b.example, a.example', true],
    ['b.example a.example', true],
    ['a.example:443', true],
    ['a.example:8443', false],
    ['xa.example', false],
    ['ample', false],
    ['', false],
    [',', false],
  ])('NO_PROXY=%j exempts https://a.example: %s', (list, exempt) => {
    expect(to('https://a.example', { https_proxy: 'http://p:1', no_proxy: list }) === undefined).toBe(exempt);
  });
});

describe('a real proxy', () => {
  /** A forward proxy that sends everything to one local server, whatever name was asked for, and notes what it sees. */
  async function startProxy(target: number) {
    const seen: string[] = [];
    const authorizations: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', (incoming, socket) => {
      seen.push(`CONNECT ${incoming.url}`);
      authorizations.push(incoming.headers['proxy-authorization']);
      const onward = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    return { port: (proxy.address() as { port: number }).port, seen, authorizations };
  }

  const client = (environment: Record<string, string>, more = {}) =>
    createHttpClient({
      timeout: 10_000,
      clock: systemClock,
      userAgent: 'test',
      proxyEnvironment: environment,
      allowHttp: true,
      ...more,
    });

  it('is spoken to for https, with its password, and TLS is verified through it', async () => {
    const authority = await createLocalAuthority();
    const { key, cert } = await authority.issue(['compute.example']);
    const service = await startComputeService({ certificate: { key, cert } });
    onTestFinished(() => service.close());
    const { port, seen, authorizations } = await startProxy(service.port);
    const lines: string[] = [];
    const http = client(
      { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` },
      { certificateAuthorities: authority.certificatePem, debug: (line: string) => lines.push(line) },
    );
    const answer = await http.send({ method: 'GET', url: new URL('https://compute.example/refresh/') });
    expect(answer.status).toBe(401);
    expect(seen).toEqual(['CONNECT compute.example:443']);
    expect(authorizations).toEqual([`Basic ${Buffer.from('user:hunter2').toString('base64')}`]);
    expect(lines.join('\n')).not.toContain('hunter2');
    const elsewhere = http.send({ method: 'GET', url: new URL('https://other.example/refresh/') });
    await expect(elsewhere).rejects.toMatchObject({ code: 'TLS_FAILED' });
  });

  it('is spoken to for http, and not for this machine', async () => {
    const service = await startComputeService();
    onTestFinished(() => service.close());
    const { port, seen } = await startProxy(service.port);
    const http = client({ http_proxy: `http://127.0.0.1:${port}` });
    await http.send({ method: 'GET', url: new URL('http://compute.example/refresh/') });
    expect(seen).toEqual(['CONNECT compute.example:80']);
    await http.send({ method: 'GET', url: new URL('/refresh/', service.url) });
    expect(seen).toHaveLength(1);
  });

  it('that cannot be reached is the proxy’s failure, without its password', async () => {
    const http = client({ https_proxy: 'http://user:hunter2@127.0.0.1:1' });
    const failed = http.send({ method: 'GET', url: new URL('https://compute.example/') });
    await expect(failed).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
