import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { OracleComputeError } from '../../errors.js';

/** Oracle's clients put this after the key, without a line break, and warn if it is missing. */
const LABEL = 'OCI_API_KEY';
const PUBLIC_KEY_FORMAT = { type: 'spki', format: 'pem' } as const;

/** An RSA private key and what the service knows it by. */
export interface PrivateKey {
  readonly key: KeyObject;
  /** MD5 of the public key's SPKI DER: 16 lower-case hex pairs joined by `:`. */
  readonly fingerprint: string;
  /** The modulus, base64url, as in a JWK. */
  readonly modulus: string;
  readonly publicKeyPem: string;
}

/** Makes a new RSA-2048 key with exponent 65537, without blocking the event loop. */
export async function generatePrivateKey(): Promise<PrivateKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048, publicExponent: 0x10001 });
  return describeKey(privateKey);
}

/**
 * The key as Oracle's clients store it: PKCS#8 PEM, encrypted (PBES2, AES-256) if there is a passphrase, and the label
 * `OCI_API_KEY` without a final line break.
 */
export function privateKeyFile(key: PrivateKey, passphrase?: string): string {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const pem = key.key.export({ type: 'pkcs8', format: 'pem', ...encryption });
  return `${pem}${LABEL}`;
}

/**
 * Reads a private key: PKCS#8 or PKCS#1, encrypted or not, any line breaks, anything after the PEM footer. A passphrase
 * that is not needed is ignored, because a profile may have inherited it.
 *
 * @param path the file of the text, for errors
 * @throws OracleComputeError KEY_FILE_MALFORMED, KEY_PASSPHRASE_MISSING, KEY_PASSPHRASE_WRONG
 */
export function parsePrivateKey(pem: string, passphrase: string | undefined, path: string): PrivateKey {
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(pem);
  if (!block) throw malformed(path, 'it has no private key in PEM form');
  const encrypted = isEncryptedKey(block[0]);
  if (encrypted && !passphrase) {
    throw new OracleComputeError('KEY_PASSPHRASE_MISSING', `the key in ${path} needs its passphrase`, { path });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: block[0], format: 'pem', passphrase: passphrase || undefined });
  } catch {
    // OpenSSL's error may repeat parts of its input, so it does not travel on as a cause.
    if (encrypted) throw new OracleComputeError('KEY_PASSPHRASE_WRONG', `wrong passphrase for ${path}`, { path });
    throw malformed(path, 'its private key is damaged');
  }
  if (key.asymmetricKeyType !== 'rsa') throw malformed(path, 'it is not an RSA key');
  return describeKey(key);
}

/** True for a PEM text whose key cannot be read without a passphrase. */
export function isEncryptedKey(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || /^Proc-Type: *4, *ENCRYPTED/m.test(pem);
}

/**
 * The fingerprint of the public key with this modulus (base64url) and the usual exponent.
 *
 * @throws OracleComputeError TOKEN_MALFORMED: a modulus alone always comes from a token
 */
export function fingerprintOfModulus(modulus: string): string {
  try {
    return fingerprintOf(createPublicKey({ key: { kty: 'RSA', n: modulus, e: 'AQAB' }, format: 'jwk' }));
  } catch {
    const reason = 'it is bound to a key that cannot be read';
    throw new OracleComputeError('TOKEN_MALFORMED', `the session token cannot be used: ${reason}`, { reason });
  }
}

/**
 * Reads a public key in PEM form and gives it as SPKI PEM with its modulus.
 *
 * @throws OracleComputeError KEY_FILE_MALFORMED
 */
export function parsePublicKey(
  pem: string,
  path: string,
): { publicKeyPem: string; modulus: string; fingerprint: string } {
  if (pem.includes('PRIVATE KEY-----')) throw malformed(path, 'it is a private key; expected a public key');
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw malformed(path, 'it has no public key in PEM form');
  }
  if (key.asymmetricKeyType !== 'rsa') throw malformed(path, 'it is not an RSA key');
  return { publicKeyPem: pemOf(key), modulus: modulusOf(key), fingerprint: fingerprintOf(key) };
}

/** The `public_key` parameter of the login page: base64url of a JWK with this order of keys and these blanks. */
export function authorizePublicKey(modulus: string): string {
  const jwk = `{"kty": "RSA", "n": "${modulus}", "e": "AQAB", "kid": "Ignored"}`;
  return Buffer.from(jwk, 'utf8').toString('base64url');
}

function describeKey(key: KeyObject): PrivateKey {
  const publicKey = createPublicKey(key);
  return { key, fingerprint: fingerprintOf(publicKey), modulus: modulusOf(publicKey), publicKeyPem: pemOf(publicKey) };
}

function fingerprintOf(publicKey: KeyObject): string {
  const digest = createHash('md5')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return digest.replace(/(..)(?=.)/g, '$1:');
}

function modulusOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'jwk' }).n ?? '';
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export(PUBLIC_KEY_FORMAT).toString();
}

function malformed(path: string, reason: string): OracleComputeError {
  return new OracleComputeError('KEY_FILE_MALFORMED', `${path} cannot be used: ${reason}`, { path, reason });
}
