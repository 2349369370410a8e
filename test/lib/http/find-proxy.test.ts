import { describe, expect, it } from 'vitest';
import { findProxy } from '../../../lib/http/proxy.js';

const to = (address: string, environment: Record<string, string>) => findProxy(new URL(address), environment);

describe('the variables', () => {
  it('are read in both spellings, lower case first', () => {
    const of = (address: string, environment: Record<string, string>) => to(address, environment)?.origin;
    expect(of('https://a.example', { HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1');
    expect(of('https://a.example', { https_proxy: 'http://q:2', HTTPS_PROXY: 'http://p:1' })).toBe('http://q:2');
    expect(of('http://a.example', { HTTPS_PROXY: 'http://p:1' })).toBeUndefined();
    expect(of('http://a.example', { http_proxy: 'p:1' })).toBe('http://p:1');
    expect(of('https://a.example', { ALL_PROXY: 'http://p:1' })).toBe('http://p:1');
    expect(of('https://a.example', { all_proxy: 'http://p:1', https_proxy: 'http://q:2' })).toBe('http://q:2');
    expect(of('https://a.example', {})).toBeUndefined();
    expect(of('https://a.example', { https_proxy: '' })).toBeUndefined();
  });

  it.each([
    'http://localhost:1',
    'https://127.1.2.3',
    'https://[::1]:8443',
    'https://a.localhost',
  ])('mean nothing for this machine: %s', (address) => {
    expect(to(address, { http_proxy: 'http://p:1', https_proxy: 'http://p:1' })).toBeUndefined();
  });
});

describe('the address of a proxy', () => {
  const read = (https_proxy: string) => to('https://a.example', { https_proxy });

  it.each([
    ['http://p.example', 'http:', 'p.example', 1080],
    ['http://p.example:80', 'http:', 'p.example', 80],
    ['p.example:3128', 'http:', 'p.example', 3128],
    ['https://p.example/', 'https:', 'p.example', 443],
    ['HTTPS://P.example:8443', 'https:', 'p.example', 8443],
    ['http://[fd00::1]:3128', 'http:', 'fd00::1', 3128],
    ['[fd00::1]', 'http:', 'fd00::1', 1080],
    [' http://10.0.0.1:8080/ ', 'http:', '10.0.0.1', 8080],
  ])('%s', (text, protocol, hostname, port) => {
    expect(read(text)).toMatchObject({ protocol, hostname, port, credentials: undefined });
  });

  it.each([
    ['u:p', 'u', 'p'],
    ['u', 'u', ''],
    ['u:', 'u', ''],
    [':p', '', 'p'],
    ['u:a:b', 'u', 'a:b'],
    ['u:a#b', 'u', 'a#b'],
    ['u:a@b', 'u', 'a@b'],
    ['u@d:a/b?c', 'u@d', 'a/b?c'],
    ['u:100%25off', 'u', '100%off'],
    ['u:%40%23%2f', 'u', '@#/'],
    ['jürgen:pässwörd', 'jürgen', 'pässwörd'],
    ['j%C3%BCrgen:p', 'jürgen', 'p'],
    ['DOM\\u:a b', 'DOM\\u', 'a b'],
  ])('with %s before its host', (userInfo, user, password) => {
    for (const scheme of ['http://', '']) {
      const proxy = read(`${scheme}${userInfo}@p.example:3128`);
      expect(proxy).toMatchObject({ hostname: 'p.example', port: 3128, credentials: { user, password } });
      expect(proxy?.origin).toBe('http://p.example:3128');
    }
  });

  it.each([
    'http://u:100%off@p.example',
    'http://u:50%@p.example',
    'http://u:%ff@p.example',
    'http://u:%c3@p.example',
    'http://',
    'http://:3128',
    'http://p.example:port',
    'http://p.example:0',
    'http://p.example:65536',
    'http://p example',
    'http://p.example/path',
    'http://[::1',
    'http://u:secret@',
  ])('%s is refused, and nothing of it repeated', (https_proxy) => {
    expect(() => read(https_proxy)).toThrow(
      expect.objectContaining({ code: 'PROXY_MALFORMED', message: expect.not.stringMatching(/p\.example|100|secret/) }),
    );
  });

  it.each([
    'socks://p:1',
    'socks4://p:1',
    'socks4a://p:1',
    'socks5://u:secret@p:1',
    'SOCKS5H://p:1',
    'ftp://p:1',
  ])('%s is not supported, and named', (all_proxy) => {
    const scheme = all_proxy.split(':')[0]?.toLowerCase();
    const message = expect.stringContaining(scheme ?? '');
    expect(() => to('https://a.example', { all_proxy })).toThrow(
      expect.objectContaining({ code: 'PROXY_UNSUPPORTED', message, fields: { variable: 'all_proxy', scheme } }),
    );
  });
});

describe('NO_PROXY', () => {
  const isExempt = (address: string, no_proxy: string) =>
    to(address, { https_proxy: 'http://p:1', no_proxy }) === undefined;

  it.each([
    ['*', true],
    ['a.example', true],
    ['.example', true],
    ['example', true],
    ['*.example', true],
    ['a.example.', true],
    ['.a.example.', true],
    ['A.EXAMPLE', true],
    ['b.example, a.example', true],
    ['b.example a.example', true],
    ['a.example:443', true],
    ['a.example:0443', true],
    ['a.example:8443', false],
    ['xa.example', false],
    ['b.a.example', false],
    ['ample', false],
    ['', false],
    [',', false],
    ['.', false],
    ['10.0.0.0/8', false],
  ])('%j exempts https://a.example: %s', (list, exempt) => {
    expect(isExempt('https://a.example', list)).toBe(exempt);
    expect(isExempt('https://a.example./', list)).toBe(exempt);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '10.1.2.0/24', true],
    ['10.1.2.3', '10.1.2.3/32', true],
    ['10.1.2.3', '10.1.2.3/0', true],
    ['10.1.2.3', '11.0.0.0/8', false],
    ['10.1.2.3', '10.0.0.0/33', false],
    ['10.1.2.3', '10.0.0.0/x', false],
    ['10.1.2.3', '2.3', false],
    ['10.1.2.3', '10.0.0.0/8:443', true],
    ['10.1.2.3', '10.0.0.0/8:8443', false],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['10.1.2.3', '::/0', false],
    ['[::ffff:10.1.2.3]', '10.0.0.0/8', true],
    ['[fd00::5]', 'fd00::5', true],
    ['[fd00::5]', '[fd00::5]', true],
    ['[fd00::5]', '[fd00::5]:443', true],
    ['[fd00::5]', '[fd00::5]:8443', false],
    ['[fd00::5]', 'FD00:0:0:0:0:0:0:5', true],
    ['[fd00::5]', 'fd00::/8', true],
    ['[fd00::5]', '[fd00::]/8', true],
    ['[fd00::5]', 'fd00::6', false],
    ['[fd00::5]', 'fe80::/10', false],
    ['[fd00::5]', 'fd00::/129', false],
    ['[fd00::5]', '5', false],
    ['[fe80::1]', 'fe80::1%eth0', true],
  ])('for https://%s, %s exempts: %s', (host, list, exempt) => {
    expect(isExempt(`https://${host}/`, list)).toBe(exempt);
    expect(isExempt(`https://${host}/`, `x.example, ${list}`)).toBe(exempt);
  });
});
