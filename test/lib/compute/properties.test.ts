import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccountName, parseEndpoint } from '../../../lib/compute/account.js';
import { requestUrl } from '../../../lib/compute/client/request-path.js';
import { cookiesFolder, defaultCookiesFile } from '../../../lib/compute/cookies/cookies-file-store.js';
import { isUsableToken, parseCookieVariable, readTokenClaims } from '../../../lib/compute/token/token.js';
import { type ErrorCode, isOracleComputeError } from '../../../lib/errors.js';
import { anyText, textOf } from '../../support/any-text.js';

const RUNS = { numRuns: 2000 };

/** What a function gives, or the error that it refuses with; any other error goes on. */
function tried<T>(action: () => T, ...codes: ErrorCode[]): { value?: T; message?: string } {
  try {
    return { value: action() };
  } catch (error) {
    if (!isOracleComputeError(error) || !codes.includes(error.code)) throw error;
    return { message: `${error.message} ${JSON.stringify(error.fields)}` };
  }
}

const part = fc.stringMatching(/^[\w.@+-]{1,40}$/);
const accountName = fc.tuple(part, part).map(([customer, name]) => `/${customer}/${name}`);

describe('account names', () => {
  it('are given back byte for byte, or refused', () => {
    fc.assert(
      fc.property(textOf('/', '//', 'Compute-acme', 'jack@example.com', ' ', '\n', '\u0000', '..', '%2f'), (text) => {
        const { value } = tried(() => parseAccountName(text), 'ACCOUNT_MALFORMED');
        if (value === undefined) return;
        expect(value).toBe(text);
        expect(value).toMatch(/^\/[^/\s]+\/[^/\s]+$/);
      }),
      RUNS,
    );
    fc.assert(fc.property(accountName, (name) => parseAccountName(name) === name));
  });

  it('of any kind get a file of their own, in the folder, and under a name that every disk takes', () => {
    const anyName = fc.tuple(anyText(), anyText());
    const endpoint = fc.domain().map((host) => `https://${host}`);
    fc.assert(
      fc.property(
        fc.oneof(
          accountName,
          anyName.map(([customer, name]) => `/${customer}/${name}`),
        ),
        endpoint,
        (user, origin) => {
          const path = defaultCookiesFile('/home/jack', origin, user);
          expect(dirname(path)).toBe(cookiesFolder('/home/jack'));
          expect(basename(path)).toMatch(
            /^[a-z0-9@_-][a-z0-9.@_-]*\.[0-9a-f]{8}\.json$|^\.+[a-z0-9.@_-]*\.[0-9a-f]{8}\.json$/,
          );
          expect(basename(path).length).toBeLessThan(200);
          expect(defaultCookiesFile('/home/jack', origin, user)).toBe(path);
          expect(defaultCookiesFile('/home/jack', origin, `${user}.`)).not.toBe(path);
          expect(defaultCookiesFile('/home/jack', `${origin}:8443`, user)).not.toBe(path);
        },
      ),
      RUNS,
    );
  });
});

const pieces = [
  'https://',
  'http:',
  '//',
  '/',
  'ftp://',
  ':',
  '@',
  '?',
  '#',
  '\\',
  '..',
  'host',
  '.example',
  ':8443',
  '[::1]',
  '%00',
  ' ',
];

describe('addresses', () => {
  it('become an origin that is read as itself, or are refused', () => {
    fc.assert(
      fc.property(textOf(...pieces), (text) => {
        const { value } = tried(() => parseEndpoint(text), 'ADDRESS_MALFORMED');
        if (value === undefined) return;
        const { protocol, origin, username, password } = new URL(value);
        expect({ origin, username, password }).toEqual({ origin: value, username: '', password: '' });
        expect(['https:', 'http:']).toContain(protocol);
        expect(parseEndpoint(value)).toBe(value);
        expect(parseEndpoint(`${value}/`)).toBe(value);
      }),
      RUNS,
    );
  });

  it('with a password in them are refused, and the password is not repeated', () => {
    const beside = fc.stringMatching(/^[!-~]{0,6}$/);
    const scheme = fc.constantFrom('https://', 'http://', 'HTTPS://', '//', '');
    fc.assert(
      fc.property(scheme, part, beside, beside, part, (start, user, before, after, host) => {
        const text = `${start}${user}:${before}canary${after}@${host}/`;
        const { value, message } = tried(() => parseEndpoint(text), 'ADDRESS_MALFORMED');
        expect(value).toBeUndefined();
        expect(message).not.toContain('canary');
      }),
      RUNS,
    );
  });

  it('of requests never lead away from the endpoint', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('https://api.example', 'http://127.0.0.1:1'),
        textOf(...pieces, '%2e', 'authenticate'),
        (endpoint, path) => {
          const { value } = tried(() => requestUrl(endpoint, path), 'PATH_MALFORMED', 'NOT_ALLOWED');
          if (value === undefined) return;
          expect(value.origin).toBe(endpoint);
          expect(value.username + value.password + value.hash).toBe('');
          const asked = (path.startsWith('/') ? path : `/${path}`).split('?', 1)[0] ?? '';
          // No segment was taken away on the way.
          expect(value.pathname.split('/')).toHaveLength(asked.split('/').length);
        },
      ),
      RUNS,
    );
  });
});

describe('tokens', () => {
  const seconds = fc.integer({ min: 1, max: 99_999_999 }).map((value) => value * 1000 + 1 / 8);
  const claims = fc.record(
    {
      user: fc.string(),
      expires: fc.oneof(seconds, fc.jsonValue()),
      session_expires: fc.oneof(seconds, fc.jsonValue()),
      groups: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );

  it('of any form are read without a fault, and say their times as they were written', () => {
    const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e11;
    fc.assert(
      fc.property(claims, fc.boolean(), (written, isPlain) => {
        const text = JSON.stringify({ identity: JSON.stringify({ value: JSON.stringify(written) }) });
        const read = readTokenClaims(isPlain ? text : Buffer.from(text).toString('base64'));
        const instant = (value: unknown) => (isTime(value) ? Math.floor(value * 1000) : undefined);
        expect(read.tokenExpiresAt).toBe(instant(written.expires));
        expect(read.sessionExpiresAt).toBe(instant(written.session_expires));
        expect(read.user).toBe(written.user);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        textOf('{', '}', '"identity"', ':', 'eyJ', '=', '\\"', '[[', 'null'),
        (text) => typeof readTokenClaims(text) === 'object',
      ),
      RUNS,
    );
    fc.assert(fc.property(fc.json(), (text) => typeof readTokenClaims(text) === 'object'));
  });

  it('are taken from OPC_COOKIE bare, and in the form of the manual; what cannot be one is refused and not repeated', () => {
    const token = fc.stringMatching(/^[!-:<-~]([ -:<-~]{0,40}[!-:<-~])?$/).filter((text) => !/^nimbula=/i.test(text));
    fc.assert(
      fc.property(token, fc.constantFrom('', ' ', '\n'), (value, blank) => {
        expect(isUsableToken(value)).toBe(true);
        expect(parseCookieVariable(blank + value + blank, 'OPC_COOKIE')).toBe(value);
        expect(parseCookieVariable(`nimbula=${value}; Path=/; Max-Age=1800${blank}`, 'OPC_COOKIE')).toBe(value);
      }),
      RUNS,
    );
    fc.assert(
      fc.property(textOf('canary', ';', '\u0007', '\n', '\u00e9', ' '), (text) => {
        const { value, message } = tried(() => parseCookieVariable(`canary${text}`, 'OPC_COOKIE'), 'COOKIE_MALFORMED');
        if (value === undefined) expect(message).not.toContain('canary');
        else expect(isUsableToken(value)).toBe(true);
      }),
      RUNS,
    );
  });
});
