import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  authorizePublicKey,
  fingerprintOfModulus,
  generatePrivateKey,
  parsePrivateKey,
  parsePublicKey,
  privateKeyFile,
} from '../../../lib/oci/credentials/key-pair.js';
import { vectorKey, vectorPem, vectors } from './support/vectors.js';

const key = createPrivateKey(vectorPem);
const encrypted = key
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  .toString();
const pkcs1 = key.export({ type: 'pkcs1', format: 'pem' }).toString();
const encryptedPkcs1 = key
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' })
  .toString();

test('describes a key as Oracle does', () => {
  expect(vectorKey.fingerprint).toBe(vectors.key.fingerprint);
  expect(vectorKey.publicKeyPem).toBe(vectors.key.publicKeyPem);
  expect(vectorKey.modulus).toBe(vectors.key.privateKeyJwk.n);
  expect(authorizePublicKey(vectorKey.modulus)).toBe(vectors.key.authorizePublicKey);
  expect(fingerprintOfModulus(vectorKey.modulus)).toBe(vectors.key.fingerprint);
});

test('writes PKCS#8 with the label and no final line break', () => {
  const text = privateKeyFile(vectorKey);
  expect(text).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\nOCI_API_KEY$/);
  expect(text.length).toBe(1715);
});

test('makes a new RSA-2048 key each time', async () => {
  const [one, other] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
  expect(one.key.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
  expect(one.modulus).not.toBe(other.modulus);
  expect(parsePrivateKey(privateKeyFile(one), undefined, 'k').fingerprint).toBe(one.fingerprint);
});

test.each([
  ['plain', vectorPem, undefined],
  ['labelled', privateKeyFile(vectorKey), undefined],
  ['encrypted', encrypted, 'open sesame'],
  ['encrypted by us', privateKeyFile(vectorKey, 'open sesame'), 'open sesame'],
  ['PKCS#1', pkcs1, undefined],
  ['encrypted PKCS#1', encryptedPkcs1, 'open sesame'],
  ['with CRLF', privateKeyFile(vectorKey).replaceAll('\n', '\r\n'), undefined],
  ['not encrypted, with an inherited passphrase', vectorPem, 'superfluous'],
  ['with text around it', `Bag Attributes\n${vectorPem}\nOCI_API_KEY\n`, undefined],
])('reads a key that is %s', (_what, pem, passphrase) => {
  expect(parsePrivateKey(pem, passphrase, 'k').fingerprint).toBe(vectors.key.fingerprint);
});

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

test.each([
  ['nothing', '', undefined, 'KEY_FILE_MALFORMED'],
  ['a public key', vectors.key.publicKeyPem, undefined, 'KEY_FILE_MALFORMED'],
  ['a damaged key', vectorPem.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n'), undefined, 'KEY_FILE_MALFORMED'],
  ['an elliptic curve key', ecKey.toString(), undefined, 'KEY_FILE_MALFORMED'],
  ['an encrypted key without its passphrase', encrypted, undefined, 'KEY_PASSPHRASE_MISSING'],
  ['an encrypted PKCS#1 key without its passphrase', encryptedPkcs1, undefined, 'KEY_PASSPHRASE_MISSING'],
  ['an encrypted key with another passphrase', encrypted, 'open barley', 'KEY_PASSPHRASE_WRONG'],
])('refuses %s', (_what, pem, passphrase, code) => {
  expect(() => parsePrivateKey(pem, passphrase, '/k.pem')).toThrow(
    expect.objectContaining({ code, fields: expect.objectContaining({ path: '/k.pem' }) }),
  );
});

test('no error shows a passphrase or key', () => {
  for (const pem of [encrypted, vectorPem.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n')]) {
    try {
      parsePrivateKey(pem, 'canary-passphrase', '/k.pem');
      expect.unreachable();
    } catch (error) {
      const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
      expect(shown).toContain('/k.pem');
      expect(shown).not.toContain('canary-passphrase');
      expect(shown).not.toContain(pem.split('\n')[3]);
    }
  }
});

test('reads a public key, and refuses a private one in its place', () => {
  expect(parsePublicKey(vectors.key.publicKeyPem, 'p')).toEqual({
    publicKeyPem: vectors.key.publicKeyPem,
    modulus: vectorKey.modulus,
    fingerprint: vectorKey.fingerprint,
  });
  expect(() => parsePublicKey(vectorPem, 'p')).toThrow(expect.objectContaining({ code: 'KEY_FILE_MALFORMED' }));
  expect(() => parsePublicKey('x', 'p')).toThrow(expect.objectContaining({ code: 'KEY_FILE_MALFORMED' }));
});
