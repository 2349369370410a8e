import { describe, expect, it } from 'vitest';
import { redact } from '../../../cli/errors/error-text.js';

describe('redact', () => {
  it.each([
    ['https://jack:canary@host/path', 'https://…@host/path'],
    ['https://jack:can@ry@host/path', 'https://…@host/path'],
    ['rediss://[user@]canary@host', 'rediss://…@host'],
    ['nimbula=canary; Path=/', 'nimbula=…; Path=/'],
    ['{"password":"canary \\" more"} rest', '{"password":…} rest'],
    ["{'password': 'canary'} rest", "{'password': …} rest"],
    ['{\\"password\\":\\"canary\\"} rest', '{\\"password\\":…} rest'],
    ['{\\\\\\"password\\\\\\":\\\\\\"canary\\\\\\"} rest', /^\{\\+"password\\+":…"?\} rest$/],
    ['password = canary rest', 'password = … rest'],
    ['Authorization: Basic canary', 'Authorization: …'],
    ['eyJcanarycanarycanarycanary.x.y rest', '… rest'],
    ['eyJcanarycanarycanarycanary%2Fcanary%3D rest', '… rest'],
    ['-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY----- rest', '… rest'],
    ['-----BEGIN PRIVATE KEY-----\ncanary', '…'],
  ])('%j', (text, shown) => {
    const result = redact(text);
    expect(result).not.toContain('canary');
    if (typeof shown === 'string') expect(result).toBe(shown);
    else expect(result).toMatch(shown);
  });

  it('leaves the form of an address as it is', () => {
    const form = 'give rediss://[user@]host[:port][/db], or rediss+sentinel://host[:port],…/name[/db]';
    expect(redact(form)).toBe(form);
  });

  it.each([
    'a',
    'a-',
    'a.b+',
    'a://',
    'a:',
    '://@',
    '\\',
    'password',
    'password=',
    'password\\',
    'password=\\"',
    'password="\\',
    "password='\\\n",
    'password ',
    'password= ',
    'cookie ',
    'cookie: ',
    'authorization"',
    'eyJ',
    'eyJ.',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY',
    ' ',
    '\n',
    '"',
  ])('takes a megabyte of %j as it takes any other text', (piece) => {
    // What grew by the square of the length would take 10^12 steps, and not end within the test.
    const many = piece.repeat(Math.ceil(2 ** 20 / piece.length));
    for (const text of [many, `password=\\"${many}`, `password="${many}\\`, `-----BEGIN PRIVATE KEY-----${many}`]) {
      expect(redact(text).length).toBeLessThanOrEqual(text.length + many.length);
    }
  });
});
