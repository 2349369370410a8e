import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  ApiKeySigner,
  PYTHON_STYLE,
  SecurityTokenSigner,
  type SigningStyle,
  signedHeaders,
} from '../../../lib/oci/credentials/signer.js';
import { type SigningCase, vectorKey, vectors } from './support/vectors.js';

const TYPESCRIPT_STYLE: SigningStyle = {
  date: 'x-date',
  body: ['Content-Type', 'Content-Length', 'x-content-sha256'],
  parameters: ['version', 'keyId', 'algorithm', 'headers', 'signature'],
};

const requestOf = ({ method, url, body }: SigningCase) => ({
  method,
  url: new URL(url),
  ...(body === null ? {} : { body }),
});
const timeOf = ({ headers }: SigningCase) => Date.parse(headers.date ?? headers['x-date'] ?? '');

test.each(vectors.cases)('signs $name byte for byte', (known) => {
  // The names of headers do not depend on case; what is signed does.
  const style = known.style === 'python' ? PYTHON_STYLE : { ...TYPESCRIPT_STYLE };
  const headers = signedHeaders(requestOf(known), timeOf(known), known.keyId, vectorKey.key, style);
  expect(headers.authorization).toBe(known.authorization);
  const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of Object.entries(known.headers)) {
    const unsigned = name === 'content-type' && (known.method === 'GET' || known.method === 'DELETE');
    if (!unsigned) expect(sent.get(name.toLowerCase())).toBe(value);
  }
});

const first = (filter: (known: SigningCase) => boolean): SigningCase => {
  const known = vectors.cases.find(filter);
  expect(known).toBeDefined();
  return known as SigningCase;
};

test('SecurityTokenSigner trims the token and signs in the Python form', () => {
  const known = first(({ name }) => name === 'python/post-json-refresh');
  const signer = new SecurityTokenSigner(`${vectors.token.value}\n`, vectorKey);
  expect(signer.sign(requestOf(known), timeOf(known)).authorization).toBe(known.authorization);
});

test('ApiKeySigner names tenancy, user and fingerprint', () => {
  const known = first(({ name }) => name === 'python/post-json-generate-upst-with-api-key');
  const { tenancy, user } = vectors.apiKey;
  const signer = new ApiKeySigner({ tenancy, user, fingerprint: vectorKey.fingerprint }, vectorKey);
  expect(signer.sign(requestOf(known), timeOf(known)).authorization).toBe(known.authorization);
});

test('counts the bytes of a body, not its characters', () => {
  const signer = new SecurityTokenSigner('a.b.c', vectorKey);
  const headers = signer.sign({ method: 'PUT', url: new URL('https://h.example/x'), body: 'ä€😀' }, 0);
  expect(headers['content-length']).toBe('9');
});

test('signs the host with a port that is not the usual one, and what is sent as path', () => {
  const signer = new SecurityTokenSigner('a.b.c', vectorKey);
  const url = new URL('https://identity.emu.oci.localhost:8443/a%2Fb/?q=a%20b');
  const headers = signer.sign({ method: 'get', url }, 0);
  const signature = /signature="([^"]+)"/.exec(headers.authorization ?? '')?.[1] ?? '';
  const text = `date: Thu, 01 Jan 1970 00:00:00 GMT\n(request-target): get /a%2Fb/?q=a%20b\nhost: identity.emu.oci.localhost:8443`;
  const publicKey = createPublicKey(vectors.key.publicKeyPem);
  expect(verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
});
